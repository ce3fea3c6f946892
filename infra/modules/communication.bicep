// Mail and SMS by Azure Communication Services. The managed domain sends ten mails an hour, enough to begin with; a
// domain of one's own and a number are added by hand (docs/channels/email.md, docs/channels/sms.md).

@description('Name of the resources.')
param name string

@description('Tags of the resources.')
param tags object

@description('Where the data is kept.')
param dataLocation string

@description('Object id of the app\'s identity.')
param principalId string

@description('Resource id of the store.')
param storeId string

@description('Resource id of the action group of the operators.')
param operatorsId string

var mailOwner = '09976791-48a7-449e-bb21-39d1a415f350'

resource mail 'Microsoft.Communication/emailServices@2025-05-01' = {
  name: name
  location: 'global'
  tags: tags
  properties: {
    dataLocation: dataLocation
  }
}

resource domain 'Microsoft.Communication/emailServices/domains@2025-05-01' = {
  parent: mail
  name: 'AzureManagedDomain'
  location: 'global'
  tags: tags
  properties: {
    domainManagement: 'AzureManaged'
    userEngagementTracking: 'Disabled'
  }
}

resource service 'Microsoft.Communication/communicationServices@2025-05-01' = {
  name: name
  location: 'global'
  tags: tags
  properties: {
    dataLocation: dataLocation
    disableLocalAuth: true
    linkedDomains: [domain.id]
  }
}

// Sends mail and SMS as the app's identity. Azure has no smaller built-in role that may send.
resource sends 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(service.id, principalId, mailOwner)
  scope: service
  properties: {
    description: 'Sends mail and SMS.'
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', mailOwner)
  }
}

// What became of a mail or an SMS after it was handed over: a bounce is seen only here.
module reports 'event-source.bicep' = {
  name: 'notbefore-reports'
  params: {
    name: '${name}-reports'
    location: 'global'
    tags: tags
    source: service.id
    topicType: 'Microsoft.Communication.CommunicationServices'
    eventTypes: [
      'Microsoft.Communication.EmailDeliveryReportReceived'
      'Microsoft.Communication.SMSDeliveryReportReceived'
    ]
    storeId: storeId
    operatorsId: operatorsId
  }
}

@description('Endpoint, with https://.')
output endpoint string = 'https://${service.properties.hostName}'

@description('From address of the managed domain.')
output mailFrom string = 'DoNotReply@${domain.properties.mailFromSenderDomain}'
