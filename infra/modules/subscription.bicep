// What belongs to the subscription itself: what the app may ask of it, and where its activity log goes.
targetScope = 'subscription'

@description('Name of the diagnostic setting.')
param name string

@description('Object id of the app\'s identity.')
param principalId string

@description('Resource id of the workspace.')
param workspaceId string

var reader = 'acdd72a7-3385-48ef-bd42-f606fba81ae7'
var categories = ['Administrative', 'ServiceHealth', 'ResourceHealth', 'Alert', 'Policy']

// Resource Graph shows pending maintenance, health events and patch runs, and the tags of whatever resource they name:
// of any type, so no shorter list of rights would do. It reads no data and no secrets.
resource polls 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(subscription().id, principalId, reader)
  properties: {
    description: 'Asks Resource Graph and the machines about maintenance.'
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', reader)
  }
}

// The activity log goes to the workspace as well: what was said, to look back in.
resource activityLog 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: name
  properties: {
    workspaceId: workspaceId
    logs: [
      for category in categories: {
        category: category
        enabled: true
      }
    ]
  }
}
