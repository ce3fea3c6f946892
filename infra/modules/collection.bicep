// What the Azure Monitor Agent of a machine sends to the workspace: the lines in which agents and scripts write down
// Scheduled Events. Machines are associated with it by policy or by hand (docs/deploy.md).

@description('Name of the data collection rule.')
param name string

@description('Region of the workspace.')
param location string

@description('Tags of the rule.')
param tags object

@description('Resource id of the workspace.')
param workspaceId string

resource rule 'Microsoft.Insights/dataCollectionRules@2023-03-11' = {
  name: name
  location: location
  tags: tags
  properties: {
    description: 'Scheduled Events as machines wrote them down.'
    dataSources: {
      windowsEventLogs: [
        {
          name: 'application'
          streams: ['Microsoft-Event']
          xPathQueries: ['Application!*[System[Provider[@Name=\'NotBefore\']]]']
        }
      ]
      syslog: [
        {
          name: 'daemon-and-user'
          streams: ['Microsoft-Syslog']
          facilityNames: ['daemon', 'user']
          logLevels: ['Info', 'Notice', 'Warning', 'Error', 'Critical', 'Alert', 'Emergency']
        }
      ]
    }
    destinations: {
      logAnalytics: [
        {
          name: 'hub'
          workspaceResourceId: workspaceId
        }
      ]
    }
    dataFlows: [
      {
        streams: ['Microsoft-Event', 'Microsoft-Syslog']
        destinations: ['hub']
      }
    ]
  }
}
