// Where agents in machines send to: the managed identity of the machine speaks, there is no key.

@description('Name of the topic.')
param name string

@description('Region of the topic.')
param location string

@description('Tags of the topic.')
param tags object

@description('Object ids of the identities of machines.')
param agentPrincipals string[]

@description('Resource id of the storage account.')
param storeId string

@description('Resource id of the action group of the operators.')
param operatorsId string

var eventGridDataSender = 'd5a91429-5739-47e2-a06b-3470a27159e7'

resource topic 'Microsoft.EventGrid/topics@2025-02-15' = {
  //checkov:skip=CKV_AZURE_193:machines of every network send here; each needs a role, keys are off
  name: name
  location: location
  tags: tags
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    disableLocalAuth: true
    inputSchema: 'CloudEventSchemaV1_0'
    minimumTlsVersionAllowed: '1.2'
    publicNetworkAccess: 'Enabled'
  }
}

// The agent of a machine sends what only the machine is told: Scheduled Events.
resource sends 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for principal in agentPrincipals: {
    name: guid(topic.id, principal, eventGridDataSender)
    scope: topic
    properties: {
      description: 'The agent in a machine sends its Scheduled Events.'
      principalId: principal
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', eventGridDataSender)
    }
  }
]

module sender 'store-sender.bicep' = {
  name: 'notbefore-sender-${uniqueString(name)}'
  scope: resourceGroup(split(storeId, '/')[2], split(storeId, '/')[4])
  params: {
    accountName: last(split(storeId, '/'))
    principalId: topic.identity.principalId
  }
}

resource subscribed 'Microsoft.EventGrid/topics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'notbefore'
  properties: {
    eventDeliverySchema: 'CloudEventSchemaV1_0'
    deliveryWithResourceIdentity: {
      identity: {
        type: 'SystemAssigned'
      }
      destination: {
        endpointType: 'StorageQueue'
        properties: {
          resourceId: storeId
          queueName: 'event-grid'
          // Without it a message that waits for 7 days is gone without a trace.
          queueMessageTimeToLiveInSeconds: -1
        }
      }
    }
    deadLetterWithResourceIdentity: {
      identity: {
        type: 'SystemAssigned'
      }
      deadLetterDestination: {
        endpointType: 'StorageBlob'
        properties: {
          resourceId: storeId
          blobContainerName: 'dead-letters'
        }
      }
    }
    retryPolicy: {
      eventTimeToLiveInMinutes: 1440
      maxDeliveryAttempts: 30
    }
  }
  dependsOn: [sender]
}

module undelivered 'dead-letter-alert.bicep' = {
  name: 'notbefore-dead-${uniqueString(name)}'
  params: {
    name: '${name}-dead-letters'
    tags: tags
    topicId: topic.id
    operatorsId: operatorsId
  }
}

@description('Resource id of the topic.')
output id string = topic.id

@description('Address that agents send to.')
output endpoint string = topic.properties.endpoint
