// Whom Azure itself writes to when NotBefore may be what is down. It does not pass through NotBefore.

@description('Name of the action group.')
param name string

@description('Tags of the action group.')
param tags object

@description('Addresses. Each must confirm a code before Azure writes to it.')
param emails string[]

resource group 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: name
  location: 'Global'
  tags: tags
  properties: {
    groupShortName: 'nb-operators'
    enabled: true
    emailReceivers: [
      for email in emails: {
        name: email
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

@description('Resource id of the group.')
output id string = group.id
