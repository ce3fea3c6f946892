// The workspace that machines and the activity log write to, and Application Insights for the app itself.

@description('Name of the workspace and of Application Insights.')
param name string

@description('Region of both.')
param location string

@description('Tags of both.')
param tags object

@description('Object id of the app\'s identity.')
param principalId string

@description('Days that logs stay.')
@minValue(30)
@maxValue(730)
param retentionDays int = 90

var metricsPublisher = '3913510d-42f4-4e42-8a64-420c390055eb'
var logReader = '73c42c96-874c-492b-b04d-ab87d138a893'

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: retentionDays
    features: {
      enableLogAccessUsingOnlyResourcePermissions: true
    }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: name
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    DisableLocalAuth: true
    WorkspaceResourceId: workspace.id
  }
}

// Telemetry is taken from identities only; this is the app's way to send its own.
resource sends 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, principalId, metricsPublisher)
  scope: insights
  properties: {
    description: 'Sends the app\'s own telemetry.'
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', metricsPublisher)
  }
}

// Once a minute the app asks the tables Event and Syslog for Scheduled Events.
resource reads 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(workspace.id, principalId, logReader)
  scope: workspace
  properties: {
    description: 'Asks the tables Event and Syslog for Scheduled Events.'
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', logReader)
  }
}

@description('Resource id of the workspace.')
output workspaceId string = workspace.id

@description('Id (GUID) by which the workspace is asked.')
output customerId string = workspace.properties.customerId

@description('Resource id of Application Insights.')
output insightsId string = insights.id

@description('Where telemetry is sent. No secret: it is taken from identities only.')
output connectionString string = insights.properties.ConnectionString
