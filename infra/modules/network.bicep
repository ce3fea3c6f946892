// Private networking: the app reaches the store and the vault inside a virtual network, and the world by one address.

@description('Name of the network.')
param name string

@description('Region of the network.')
param location string

@description('Tags of all.')
param tags object

@description('Resource id of the store.')
param storeId string

@description('Resource id of the vault.')
param vaultId string

@description('Addresses of the network, a /24 or larger.')
param addresses string = '10.61.0.0/24'

resource address 'Microsoft.Network/publicIPAddresses@2024-05-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: 'Standard'
  }
  properties: {
    publicIPAllocationMethod: 'Static'
  }
}

// A new network has no way out by itself, and mail relays and receivers like to know one fixed sender.
resource wayOut 'Microsoft.Network/natGateways@2024-05-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: 'Standard'
  }
  properties: {
    publicIpAddresses: [
      {
        id: address.id
      }
    ]
  }
}

// Nobody comes in from the internet: endpoints are for the app, and the app's subnet takes no connections.
resource guard 'Microsoft.Network/networkSecurityGroups@2024-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'nobody-from-the-internet'
        properties: {
          access: 'Deny'
          direction: 'Inbound'
          priority: 100
          protocol: '*'
          sourceAddressPrefix: 'Internet'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
        }
      }
    ]
  }
}

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: [addresses]
    }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: cidrSubnet(addresses, 26, 0)
          natGateway: {
            id: wayOut.id
          }
          networkSecurityGroup: {
            id: guard.id
          }
          delegations: [
            {
              name: 'flex-consumption'
              properties: {
                serviceName: 'Microsoft.App/environments'
              }
            }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: cidrSubnet(addresses, 26, 1)
          networkSecurityGroup: {
            id: guard.id
          }
        }
      }
    ]
  }
}

module endpoints 'private-endpoints.bicep' = {
  name: 'notbefore-endpoints'
  params: {
    prefix: name
    location: location
    tags: tags
    storeId: storeId
    vaultId: vaultId
    networkId: network.id
    subnetId: '${network.id}/subnets/endpoints'
  }
}

// Known when the endpoints are there too: who asks for it finds the store.
@description('Subnet that the app reaches others from.')
output appSubnetId string = '${network.id}/subnets/app'
