// One installation in one subscription: what runs in one resource group, what must not be lost in another.
targetScope = 'subscription'

@description('Short name of this installation: the name of its groups, and the beginning of every other name.')
@minLength(2)
@maxLength(12)
param name string

@description('Region of everything that has one. Only regions with Flex Consumption are let in.')
@allowed([
  'australiaeast', 'australiasoutheast', 'brazilsouth', 'canadacentral', 'centralindia', 'centralus', 'eastasia'
  'eastus', 'eastus2', 'francecentral', 'germanywestcentral', 'italynorth', 'japaneast', 'koreacentral'
  'northcentralus', 'northeurope', 'norwayeast', 'southafricanorth', 'southcentralus', 'southeastasia'
  'southindia', 'spaincentral', 'swedencentral', 'uaenorth', 'uksouth', 'ukwest', 'westcentralus', 'westeurope'
  'westus', 'westus2', 'westus3'
])
param location string

@description('Tags of every resource.')
param tags object = {}

@description('Application (client) id of the Entra application that the doors and the board belong to.')
@minLength(36)
@maxLength(36)
param entraClientId string

@description('Object id of the same application (not of its service principal): action groups ask for tokens by it.')
@minLength(36)
@maxLength(36)
param entraObjectId string

@description('Addresses that Azure itself writes to when NotBefore is down, with commas between. At least one.')
@minLength(6)
param operators string

@description('Makes a new key that signs the links in messages: true at the first deployment and to revoke every link.')
param newSigningKey bool

@description('Locks the store against deletion. The lock is taken away by hand before the archive may go.')
param deletionProtection bool = true

@description('How the store is kept in copies.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param storeRedundancy string = 'Standard_ZRS'

@description('Days that a raw signal stays in the archive.')
@minValue(30)
@maxValue(3650)
param archiveDays int = 400

@description('Memory of an instance, in MB.')
@allowed([512, 2048, 4096])
param instanceMemory int = 2048

@description('The most instances that a function may have.')
@minValue(40)
@maxValue(1000)
param maximumInstances int = 40

@description('Instances of the doors that never sleep: a cold start may eat the 10 seconds of an action group.')
@minValue(1)
@maxValue(20)
param readyDoors int = 1

@description('Instances of process and of deliver that never sleep; 0 lets the first signal wait for a start.')
@minValue(0)
@maxValue(20)
param readyWorkers int = 1

@description('How a new version replaces the old one: instance by instance (a preview of Azure), or all at once.')
@allowed(['RollingUpdate', 'Recreate'])
param updateStrategy string = 'RollingUpdate'

@description('Subscriptions to ask about, or all that the identity may read: [\'all\']. The one deployed to, if empty.')
param pollSubscriptions string[] = []

@description('Resource ids of maintenance configurations in this subscription whose runs are to be heard.')
param maintenanceConfigurations string[] = []

@description('Hears Scheduled Events by Event Grid, a preview that each machine must be opted in to, and those of AKS.')
param previewTopics bool = false

@description('Object ids of managed identities of machines whose agents may send.')
param agentPrincipals string[] = []

@description('Client ids of more applications that may send signals; each needs the app role NotBefore.Signal as well.')
param signalCallers string[] = []

@description('Makes a Communication Services resource for mail and SMS.')
param communicationServices bool = false

@description('Where Communication Services keeps its data.')
param communicationLocation string = 'Europe'

@description('From address of mails; the managed domain of Communication Services if empty.')
param mailFrom string = ''

@description('Number or name that SMS come from; a number is bought by hand.')
param smsFrom string = ''

@description('Settings that are secrets in the vault, by the name of the setting: NOTBEFORE_SMTP, or \${env:NAME} of the routing file.')
param secretSettings string[] = []

@description('More settings, name and value; no secrets.')
param moreSettings object = {}

@description('Closes the networks: virtual network, private endpoints, doors open to Azure Monitor and to the networks below only.')
param privateNetworking bool = false

@description('Addresses (CIDR) of people who look at the board, with private networking.')
param boardNetworks string[] = []

var token = uniqueString(subscription().id, name)
var appName = '${name}-${token}'
var allTags = union(tags, { 'azd-env-name': name })
var asked = empty(pollSubscriptions) ? [subscription().subscriptionId] : union(pollSubscriptions, [])

resource appGroup 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: name
  location: location
  tags: allTags
}

// What must outlive the app lies apart: deleting the first group keeps the archive, the ledger and the keys.
resource storeGroup 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: '${name}-store'
  location: location
  tags: allTags
}

module identity 'modules/identity.bicep' = {
  name: 'notbefore-identity'
  scope: appGroup
  params: {
    name: appName
    location: location
    tags: allTags
  }
}

module keep 'modules/keep.bicep' = {
  name: 'notbefore-keep'
  scope: storeGroup
  params: {
    token: token
    location: location
    tags: allTags
    redundancy: storeRedundancy
    archiveDays: archiveDays
    closed: privateNetworking
    deletionProtection: deletionProtection
    newSigningKey: newSigningKey
    principalId: identity.outputs.principalId
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'notbefore-monitoring'
  scope: appGroup
  params: {
    name: appName
    location: location
    tags: allTags
    principalId: identity.outputs.principalId
  }
}

module communication 'modules/communication.bicep' = if (communicationServices) {
  name: 'notbefore-communication'
  scope: appGroup
  params: {
    name: appName
    tags: allTags
    dataLocation: communicationLocation
    principalId: identity.outputs.principalId
    storeId: keep.outputs.storeId
    operatorsId: watch.outputs.operatorsId
  }
}

module network 'modules/network.bicep' = if (privateNetworking) {
  name: 'notbefore-network'
  scope: appGroup
  params: {
    name: appName
    location: location
    tags: allTags
    storeId: keep.outputs.storeId
    vaultId: keep.outputs.vaultId
  }
}

module app 'modules/app.bicep' = {
  name: 'notbefore-app'
  scope: appGroup
  params: {
    name: appName
    location: location
    tags: allTags
    identityId: identity.outputs.id
    blobs: keep.outputs.blobs
    instanceMemory: instanceMemory
    maximumInstances: maximumInstances
    readyDoors: readyDoors
    readyWorkers: readyWorkers
    updateStrategy: updateStrategy
    subnetId: privateNetworking ? network.outputs.appSubnetId : ''
    closed: privateNetworking
    boardNetworks: boardNetworks
  }
}

module settings 'modules/app-settings.bicep' = {
  name: 'notbefore-settings'
  scope: appGroup
  params: {
    appName: app.outputs.name
    clientId: identity.outputs.clientId
    blobs: keep.outputs.blobs
    queues: keep.outputs.queues
    tables: keep.outputs.tables
    insightsConnection: monitoring.outputs.connectionString
    url: app.outputs.url
    entraClientId: entraClientId
    signalCallers: signalCallers
    workspaceId: monitoring.outputs.customerId
    pollSubscriptions: asked
    vaultUri: keep.outputs.vaultUri
    vaultClosed: privateNetworking
    secretSettings: secretSettings
    communication: communicationServices ? communication.outputs.endpoint : ''
    mailFrom: (empty(mailFrom) && communicationServices) ? communication.outputs.mailFrom : mailFrom
    smsFrom: smsFrom
    moreSettings: moreSettings
  }
}

module signIn 'modules/sign-in.bicep' = {
  name: 'notbefore-sign-in'
  scope: appGroup
  params: {
    appName: app.outputs.name
    entraClientId: entraClientId
  }
  dependsOn: [settings]
}

module watch 'modules/watch.bicep' = {
  name: 'notbefore-watch'
  scope: appGroup
  params: {
    prefix: name
    location: location
    tags: allTags
    emails: split(replace(operators, ' ', ''), ',')
    workspaceId: monitoring.outputs.workspaceId
    insightsId: monitoring.outputs.insightsId
    url: app.outputs.url
  }
}

module sources 'modules/sources.bicep' = {
  name: 'notbefore-sources'
  scope: appGroup
  params: {
    prefix: name
    location: location
    tags: allTags
    signalsUrl: '${app.outputs.url}/signals'
    entraClientId: entraClientId
    entraObjectId: entraObjectId
    storeId: keep.outputs.storeId
    workspaceId: monitoring.outputs.workspaceId
    operatorsId: watch.outputs.operatorsId
    maintenanceConfigurations: maintenanceConfigurations
    previewTopics: previewTopics
    agentPrincipals: agentPrincipals
  }
}

module subscribed 'modules/subscription.bicep' = {
  name: 'notbefore-subscription'
  params: {
    name: name
    principalId: identity.outputs.principalId
    workspaceId: monitoring.outputs.workspaceId
  }
}

@description('Where the app is.')
output NOTBEFORE_URL string = app.outputs.url

@description('Name of the function app, for its deployment.')
output NOTBEFORE_APP string = app.outputs.name

@description('Object id of the app\'s identity, which the Entra application must trust.')
output NOTBEFORE_PRINCIPAL string = identity.outputs.principalId

@description('Where agents send to.')
output NOTBEFORE_AGENTS string = sources.outputs.agentsEndpoint

@description('Resource id of the topic for agents.')
output NOTBEFORE_AGENTS_TOPIC string = sources.outputs.agentsTopicId

@description('Resource id of the workspace, for the policies of many subscriptions.')
output NOTBEFORE_HUB string = monitoring.outputs.workspaceId
