// The activity-log alert rules of one subscription. What they listen to is in alert-rules.json, which the policy for
// many subscriptions reads too. An activity-log rule is Global, whatever its group.

@description('Resource id of the action group that is called.')
param actionGroupId string

@description('Beginning of the names of the rules.')
param prefix string

@description('Tags of the rules.')
param tags object

var rules = loadJsonContent('../alert-rules.json')

resource rule 'Microsoft.Insights/activityLogAlerts@2020-10-01' = [
  for one in rules: {
    name: '${prefix}-${one.name}'
    location: 'Global'
    tags: tags
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
