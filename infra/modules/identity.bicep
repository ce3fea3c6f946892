// Who the app is to every other service. It has no password and no key.

@description('Name of the identity.')
param name string

@description('Region of the identity.')
param location string

@description('Tags of the identity.')
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

@description('Resource id, by which the app is given the identity.')
output id string = identity.id

@description('Client id, by which code asks for its tokens.')
output clientId string = identity.properties.clientId

@description('Object id, by which roles are given.')
output principalId string = identity.properties.principalId
