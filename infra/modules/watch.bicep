// Who watches NotBefore: Azure does, and writes to the operators itself.

@description('Beginning of the names.')
param prefix string

@description('Region of the workspace and of Application Insights.')
param location string

@description('Tags of all.')
param tags object

@description('Addresses of the operators.')
param emails string[]

@description('Resource id of the workspace that holds the app\'s log.')
param workspaceId string

@description('Resource id of Application Insights.')
param insightsId string

@description('Where the app is, without a slash at its end.')
param url string

module operators 'operators.bicep' = {
  name: 'notbefore-operators'
  params: {
    name: '${prefix}-operators'
    tags: tags
    emails: emails
  }
}

module alerts 'self-alerts.bicep' = {
  name: 'notbefore-self-alerts'
  params: {
    prefix: prefix
    location: location
    tags: tags
    workspaceId: workspaceId
    operatorsId: operators.outputs.id
  }
}

module probe 'probe.bicep' = {
  name: 'notbefore-probe'
  params: {
    name: '${prefix}-health'
    location: location
    tags: tags
    url: url
    insightsId: insightsId
    operatorsId: operators.outputs.id
  }
}

@description('Resource id of the action group of the operators.')
output operatorsId string = operators.outputs.id
