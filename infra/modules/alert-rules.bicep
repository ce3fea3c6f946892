// The activity-log alert rules of one subscription. What they listen to is in alert-rules.json, which the policy for
// many subscriptions reads too. An activity-log rule is Global, whatever its group.

@description('Resource id of the action group that is called.')
param actionGroupId string

@description('Tells these rules from older ones: the policy for many subscriptions makes them anew when it differs.')
param version string

@description('Tags of the rules.')
param tags object

var rules = loadJsonContent('../alert-rules.json')

resource rule 'Microsoft.Insights/activityLogAlerts@2020-10-01' = [
  for one in rules: {
    name: 'notbefore-${one.name}'
    location: 'Global'
    tags: union(tags, { notbefore: version })
    properties: {
      description: one.description
      enabled: true
      scopes: [subscription().id]
      condition: {
        allOf: one.condition
      }
      actions: {
        actionGroups: [
          {
            actionGroupId: actionGroupId
          }
        ]
      }
    }
  }
]
