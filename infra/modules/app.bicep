// The function app on Flex Consumption. Its runtime, scale and package live in functionAppConfig, not in settings.

@description('Name of the app.')
param name string

@description('Region of the app.')
param location string

@description('Tags of the app.')
param tags object

@description('Resource id of the app\'s identity.')
param identityId string

@description('Address of the blobs, with a slash at its end; the package lies in the container app-package.')
param blobs string

@description('Memory of an instance, in MB.')
param instanceMemory int

@description('The most instances that a function may have.')
param maximumInstances int

@description('Doors that never sleep.')
param readyDoors int

@description('Instances of process and of deliver that never sleep.')
param readyWorkers int

@description('How a new version replaces the old one.')
param updateStrategy string

@description('Subnet that the app reaches others from; empty: none.')
param subnetId string

@description('Lets only Azure Monitor, Event Grid and the networks of the board in. Otherwise everybody may knock, and the code judges.')
param closed bool

@description('Addresses (CIDR) of people who look at the board.')
param boardNetworks string[]

// Scale is per function: doors share the group http, each queue and timer has its own.
var readyQueues = ['function:process', 'function:deliver']
var ready = [
  for one in readyQueues: {
    name: one
    instanceCount: readyWorkers
  }
]

module access 'access.bicep' = {
  name: 'notbefore-access'
  params: {
    closed: closed
    boardNetworks: boardNetworks
  }
}

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  //checkov:skip=CKV_AZURE_212:Flex Consumption scales by itself; always-ready instances are counted above
  //checkov:skip=CKV_AZURE_225:zone redundancy doubles the always-ready instances; the operator's choice, not the default
  name: name
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
  }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  //checkov:skip=CKV_AZURE_212:Flex Consumption scales by itself; always-ready instances are counted above
  //checkov:skip=CKV_AZURE_213:a 503 of /health speaks of storage or routing; restarting instances would not heal it
  //checkov:skip=CKV_AZURE_17:callers prove themselves by Entra tokens; action groups have no client certificate
  //checkov:skip=CKV_AZURE_222:the doors are public by purpose; Azure Monitor calls them from outside, and private networking narrows them
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'app' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    publicNetworkAccess: 'Enabled'
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${blobs}app-package'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: { name: 'python', version: '3.13' }
      // A preview that Bicep's types do not know yet (Azure docs: Site update strategies in Flex Consumption).
      #disable-next-line BCP037
      siteUpdateStrategy: { type: updateStrategy }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemory
        maximumInstanceCount: maximumInstances
        alwaysReady: union([{ name: 'http', instanceCount: readyDoors }], readyWorkers == 0 ? [] : ready)
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      ipSecurityRestrictions: access.outputs.rules
      ipSecurityRestrictionsDefaultAction: closed ? 'Deny' : 'Allow'
    }
  }
}

// Publishing is by Entra only: no password is valid for it.
resource noPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: app
  name: 'scm'
  properties: {
    allow: false
  }
}

resource noFtpPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-11-01' = {
  parent: app
  name: 'ftp'
  properties: {
    allow: false
  }
}

@description('Name of the app.')
output name string = app.name

@description('Where the app is, without a slash at its end.')
output url string = 'https://${app.properties.defaultHostName}'
