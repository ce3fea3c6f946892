// What one Event Grid topic may do in the store: put events on one queue, and what it cannot deliver into one container.

@description('Name of the storage account.')
param accountName string

@description('Object id of the topic\'s own identity.')
param principalId string

var messageSender = 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a'
var blobDataContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: accountName
}

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2025-01-01' existing = {
  parent: account
  name: 'default'
}

resource queue 'Microsoft.Storage/storageAccounts/queueServices/queues@2025-01-01' existing = {
  parent: queueService
  name: 'event-grid'
}

resource blobService 'Microsoft.Storage/storageAccounts/blobServices@2025-01-01' existing = {
  parent: account
  name: 'default'
}

resource deadLetters 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' existing = {
  parent: blobService
  name: 'dead-letters'
}

// Events wait in a queue, not at our door: maintenance goes on while we are down (docs/adr/0021-event-grid-hands-over-in-a-queue.md).
resource sends 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(queue.id, principalId, messageSender)
  scope: queue
  properties: {
    description: 'Puts events on the queue that NotBefore reads.'
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', messageSender)
  }
}

// What could not be put on the queue in a day lies here instead of being dropped.
resource keeps 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(deadLetters.id, principalId, blobDataContributor)
  scope: deadLetters
  properties: {
    description: 'Writes the events that it cannot deliver.'
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDataContributor)
  }
}
