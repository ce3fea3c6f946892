// The store's three services and the vault, each at an address inside the network.

@description('Beginning of the names.')
param prefix string

@description('Region of the network.')
param location string

@description('Tags of all.')
param tags object

@description('Resource id of the store.')
param storeId string

@description('Resource id of the vault.')
param vaultId string

@description('Resource id of the network.')
param networkId string

@description('Subnet of the endpoints.')
param subnetId string

var services = [
  {
    name: 'blob'
    target: storeId
    zone: 'privatelink.blob.${environment().suffixes.storage}'
  }
  {
    name: 'queue'
    target: storeId
    zone: 'privatelink.queue.${environment().suffixes.storage}'
  }
  {
    name: 'table'
    target: storeId
    zone: 'privatelink.table.${environment().suffixes.storage}'
  }
  {
    name: 'vault'
    target: vaultId
    zone: 'privatelink.vaultcore.azure.net'
  }
]

module endpoint 'private-endpoint.bicep' = [
  for one in services: {
    name: 'notbefore-endpoint-${one.name}'
    params: {
      name: '${prefix}-${one.name}'
      location: location
      tags: tags
      target: one.target
      service: one.name
      zoneName: one.zone
      networkId: networkId
      subnetId: subnetId
    }
  }
]
