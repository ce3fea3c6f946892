// Every way by which this subscription is heard.

@description('Beginning of the names.')
param prefix string

@description('Region of the topic for agents and of the data collection rule.')
param location string

@description('Tags of all.')
param tags object

@description('The door for signals.')
param signalsUrl string

@description('Client id of the Entra application that the door belongs to.')
param entraClientId string

@description('Object id of the same application.')
param entraObjectId string

@description('Resource id of the store.')
param storeId string

@description('Resource id of the workspace.')
param workspaceId string

@description('Resource id of the action group of the operators.')
param operatorsId string

@description('Resource ids of maintenance configurations whose runs are to be heard.')
param maintenanceConfigurations string[]

@description('Hears Scheduled Events of machines and of clusters by Event Grid.')
param previewTopics bool

@description('Object ids of managed identities of machines whose agents may send.')
param agentPrincipals string[]

// As in management-group/alerts.bicep, so that the policy finds in this subscription what it would make.
var version = uniqueString(signalsUrl, entraObjectId, loadTextContent('../alert-rules.json'))

// Annotations of machines are the only trace of a freeze under 35 seconds.
var health = {
  name: 'health-resources'
  topicType: 'microsoft.resourcenotifications.healthresources'
  eventTypes: [
    'Microsoft.ResourceNotifications.HealthResources.AvailabilityStatusChanged'
    'Microsoft.ResourceNotifications.HealthResources.ResourceAnnotated'
  ]
}
var previews = [
  {
    name: 'maintenance-resources'
    topicType: 'microsoft.resourcenotifications.maintenanceresources'
    eventTypes: ['Microsoft.ResourceNotifications.MaintenanceResources.ScheduledEventEmitted']
  }
  {
    name: 'cluster-events'
    topicType: 'microsoft.resourcenotifications.containerserviceeventresources'
    eventTypes: ['Microsoft.ResourceNotifications.ContainerServiceEventResources.ScheduledEventEmitted']
  }
]
var listened = previewTopics ? concat([health], previews) : [health]

module actionGroup 'action-group.bicep' = {
  name: 'notbefore-action-group'
  params: {
    version: version
    tags: tags
    signalsUrl: signalsUrl
    entraClientId: entraClientId
    entraObjectId: entraObjectId
  }
}

module rules 'alert-rules.bicep' = {
  name: 'notbefore-alert-rules'
  params: {
    actionGroupId: actionGroup.outputs.id
    version: version
    tags: tags
  }
}

module topics 'event-source.bicep' = [
  for one in listened: {
    name: 'notbefore-${one.name}'
    params: {
      name: '${prefix}-${one.name}'
      location: 'global'
      tags: tags
      source: subscription().id
      topicType: one.topicType
      eventTypes: one.eventTypes
      storeId: storeId
      operatorsId: operatorsId
    }
  }
]

module runs 'maintenance-events.bicep' = [
  for configuration in maintenanceConfigurations: {
    name: 'notbefore-runs-${uniqueString(configuration)}'
    scope: resourceGroup(split(configuration, '/')[4])
    params: {
      configurationId: configuration
      tags: tags
      storeId: storeId
      operatorsId: operatorsId
    }
  }
]

module agents 'agents-topic.bicep' = {
  name: 'notbefore-agents-topic'
  params: {
    name: '${prefix}-agents-${uniqueString(resourceGroup().id)}'
    location: location
    tags: tags
    agentPrincipals: agentPrincipals
    storeId: storeId
    operatorsId: operatorsId
  }
}

module collection 'collection.bicep' = {
  name: 'notbefore-collection'
  params: {
    name: prefix
    location: location
    tags: tags
    workspaceId: workspaceId
  }
}

@description('Address that agents send to.')
output agentsEndpoint string = agents.outputs.endpoint

@description('Resource id of the topic for agents.')
output agentsTopicId string = agents.outputs.id
