// The storage account: tables, queues, the archive of raw signals, and the host's own files (its keys among them).

@description('Name of the storage account.')
@minLength(3)
@maxLength(24)
param name string

@description('Region of the account.')
param location string

@description('Tags of the account.')
param tags object

@description('How the account is kept in copies.')
param redundancy string

@description('Days that a raw signal stays.')
param archiveDays int

@description('Days that a deleted blob or container can be brought back.')
@minValue(7)
@maxValue(365)
param softDeleteDays int = 30

@description('Lets private endpoints and trusted services of Azure in, and nobody else.')
param closed bool

@description('Locks the account against deletion.')
param deletionProtection bool

// The account is redundant as its parameter says. Access is logged where the operator wants it, not by default:
// the volume of a queue that is polled every second is beyond its use.
resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  //checkov:skip=CKV_AZURE_206:the parameter allows LRS for trials and proposes ZRS
  //checkov:skip=CKV_AZURE_35:without private networking the app has no fixed address; keys are off and every call needs a token
  //checkov:skip=CKV_AZURE_59:Event Grid is let in as a trusted service, which needs the public endpoint behind its firewall
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: redundancy
  }
  properties: {
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: closed ? 'Deny' : 'Allow'
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-01-01' = {
  parent: account
  name: 'default'
  properties: {
    deleteRetentionPolicy: {
      enabled: true
      days: softDeleteDays
    }
    containerDeleteRetentionPolicy: {
      enabled: true
      days: softDeleteDays
    }
  }
}

resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2025-01-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'archive'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: {
              blobTypes: ['blockBlob']
              prefixMatch: ['signals/', 'dead-letters/']
            }
            actions: {
              baseBlob: {
                tierToCool: {
                  daysAfterModificationGreaterThan: 30
                }
                delete: {
                  daysAfterModificationGreaterThan: archiveDays
                }
              }
            }
          }
        }
      ]
    }
  }
  dependsOn: [blobs]
}

// On the account, not on its group: a lock on a group also keeps old deployments from being cleared away.
resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (deletionProtection) {
  name: 'keep-the-archive'
  scope: account
  properties: {
    level: 'CanNotDelete'
    notes: 'Holds the archive of signals and the ledger. Take this lock away only if they may go.'
  }
}

@description('Resource id of the account.')
output id string = account.id

@description('Address of the blobs, with a slash at its end.')
output blobs string = account.properties.primaryEndpoints.blob

@description('Address of the queues, with a slash at its end.')
output queues string = account.properties.primaryEndpoints.queue

@description('Address of the tables, with a slash at its end.')
output tables string = account.properties.primaryEndpoints.table
