// Who Azure Monitor calls: our door, with a token of Entra; and beside it the owners of the subscription, by Azure's
// own mail, a net that does not depend on us. The group is Global: a regional one never gets Service Health alerts.

@description('Tells this group from an older one: the policy for many subscriptions makes it anew when it differs.')
param version string

@description('Tags of the group.')
param tags object

@description('The door for signals.')
param signalsUrl string

@description('Client id of the Entra application that the door belongs to.')
param entraClientId string

@description('Object id of the same application.')
param entraObjectId string

// The built-in role Owner: whoever holds it in this subscription gets Azure's mail.
var owner = '8e3af657-a8ff-443c-a75c-2fe8c4bcb635'

resource group 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'notbefore-signals'
  location: 'Global'
  tags: union(tags, { notbefore: version })
  properties: {
    groupShortName: 'notbefore'
    enabled: true
    webhookReceivers: [
      {
        name: 'notbefore'
        serviceUri: signalsUrl
        useCommonAlertSchema: true
        useAadAuth: true
        objectId: entraObjectId
        identifierUri: 'api://${entraClientId}'
        tenantId: tenant().tenantId
      }
    ]
    armRoleReceivers: [
      {
        name: 'owners'
        roleId: owner
        useCommonAlertSchema: true
      }
    ]
  }
}

@description('Resource id of the group.')
output id string = group.id
