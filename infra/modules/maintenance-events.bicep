// Hears the runs of one maintenance configuration. Its pre-event must always be deliverable: a run whose pre-event
// cannot be delivered is cancelled by the platform. So it goes to the queue, never to our door.

@description('Resource id of the maintenance configuration. It is in the resource group that this is deployed to.')
param configurationId string

@description('Tags of the topic.')
param tags object

@description('Resource id of the storage account.')
param storeId string

@description('Resource id of the action group of the operators.')
param operatorsId string

resource configuration 'Microsoft.Maintenance/maintenanceConfigurations@2023-04-01' existing = {
  name: last(split(configurationId, '/'))
}

module source 'event-source.bicep' = {
  name: 'notbefore-topic-${uniqueString(configurationId)}'
  params: {
    name: 'notbefore-${uniqueString(configurationId)}'
    location: configuration.location
    tags: tags
    source: configurationId
    topicType: 'Microsoft.Maintenance.MaintenanceConfigurations'
    eventTypes: ['Microsoft.Maintenance.PreMaintenanceEvent', 'Microsoft.Maintenance.PostMaintenanceEvent']
    storeId: storeId
    operatorsId: operatorsId
  }
}
