// What lies in the storage account, under the names that the code uses (notbefore/adapters/names.py).

@description('Name of the storage account.')
param accountName string

var containers = ['app-package', 'dead-letters', 'signals']

// The runtime makes a poison queue when it first needs one; made here, it can be watched before that.
var queues = ['deliveries', 'deliveries-poison', 'event-grid', 'event-grid-poison', 'signals', 'signals-poison']

var tables = ['control', 'quarantine', 'signals', 'stories']

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: accountName
}

resource blobService 'Microsoft.Storage/storageAccounts/blobServices@2025-01-01' existing = {
  parent: account
  name: 'default'
}

resource queueService 'Microsoft.Storage/storageAccounts/queueServices@2025-01-01' = {
  parent: account
  name: 'default'
}

resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2025-01-01' = {
  parent: account
  name: 'default'
}

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' = [
  for one in containers: {
    parent: blobService
    name: one
    properties: {
      publicAccess: 'None'
    }
  }
]

resource queue 'Microsoft.Storage/storageAccounts/queueServices/queues@2025-01-01' = [
  for one in queues: {
    parent: queueService
    name: one
  }
]

resource table 'Microsoft.Storage/storageAccounts/tableServices/tables@2025-01-01' = [
  for one in tables: {
    parent: tableService
    name: one
  }
]
