// One source of events in Azure: a system topic and its way to our queue. A source has one system topic only, so an
// organisation that has one already subscribes there (docs/deploy.md).

@description('Name of the topic.')
param name string

@description('Region of the source; global for a subscription.')
param location string

@description('Tags of the topic.')
param tags object

@description('Resource id of what is listened to.')
param source string

@description('Type of the topic.')
param topicType string

@description('Types of events that are sent on.')
param eventTypes string[]

@description('Resource id of the storage account.')
param storeId string

@description('Resource id of the action group of the operators.')
param operatorsId string

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: name
  location: location
  tags: tags
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    source: source
    topicType: topicType
  }
}

module sender 'store-sender.bicep' = {
  name: 'notbefore-sender-${uniqueString(name)}'
  scope: resourceGroup(split(storeId, '/')[2], split(storeId, '/')[4])
  params: {
    accountName: last(split(storeId, '/'))
    principalId: topic.identity.principalId
  }
}

resource subscribed 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = {
  parent: topic
  name: 'notbefore'
  properties: {
    eventDeliverySchema: 'EventGridSchema'
    filter: {
      includedEventTypes: eventTypes
    }
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
