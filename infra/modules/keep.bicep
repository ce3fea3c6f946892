// What must outlive the app: the store with its archive and ledger, the vault with its keys, and the app's roles there.

@description('Unique part of the names.')
param token string

@description('Region of all.')
param location string

@description('Tags of all.')
param tags object

@description('How the store is kept in copies.')
param redundancy string

@description('Days that a raw signal stays.')
param archiveDays int

@description('Lets private endpoints and trusted services of Azure in, and nobody else.')
param closed bool

@description('Locks the store against deletion.')
param deletionProtection bool

@description('Makes a new key that signs the links in messages.')
param newSigningKey bool

@description('Object id of the app\'s identity.')
param principalId string

var storeName = 'nb${token}'
var vaultName = 'nb-${token}'

module store 'store.bicep' = {
  name: 'notbefore-store'
  params: {
    name: storeName
    location: location
    tags: tags
    redundancy: redundancy
    archiveDays: archiveDays
    closed: closed
    deletionProtection: deletionProtection
  }
}

module contents 'store-contents.bicep' = {
  name: 'notbefore-store-contents'
  params: {
    accountName: storeName
  }
  dependsOn: [store]
}

module roles 'store-roles.bicep' = {
  name: 'notbefore-store-roles'
  params: {
    accountName: storeName
    principalId: principalId
  }
  dependsOn: [store]
}

module vault 'vault.bicep' = {
  name: 'notbefore-vault'
  params: {
    name: vaultName
    location: location
    tags: tags
    principalId: principalId
    closed: closed
  }
}

module signingKey 'signing-key.bicep' = if (newSigningKey) {
  name: 'notbefore-signing-key'
  params: {
    vaultName: vaultName
  }
  dependsOn: [vault]
}

@description('Resource id of the store.')
output storeId string = store.outputs.id

@description('Address of the blobs, with a slash at its end.')
output blobs string = store.outputs.blobs

@description('Address of the queues, with a slash at its end.')
output queues string = store.outputs.queues

@description('Address of the tables, with a slash at its end.')
output tables string = store.outputs.tables

@description('Resource id of the vault.')
output vaultId string = vault.outputs.id

@description('Address of the vault, with a slash at its end.')
output vaultUri string = vault.outputs.uri
