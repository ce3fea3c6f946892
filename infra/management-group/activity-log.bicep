// The policy that sends a subscription's activity log to the hub's workspace.
targetScope = 'managementGroup'

@description('Resource id of the workspace.')
param workspaceId string

@description('Region of the deployments.')
param location string

@description('Resource id of the role that the policy acts with.')
param roleId string

var categories = ['Administrative', 'ServiceHealth', 'ResourceHealth', 'Alert', 'Policy']

var logs = [
  for one in categories: {
    category: one
    enabled: true
  }
]

module policy 'subscription-policy.bicep' = {
  name: 'notbefore-activity-log-policy'
  params: {
    name: 'notbefore-activity-log'
    displayName: 'NotBefore: a subscription sends its activity log to the hub'
    relatedType: 'Microsoft.Insights/diagnosticSettings'
    existence: {
      field: 'Microsoft.Insights/diagnosticSettings/workspaceId'
      equals: workspaceId
    }
    parameters: {}
    template: {
      '$schema': 'https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#'
      contentVersion: '1.0.0.0'
      resources: [
        {
          type: 'Microsoft.Insights/diagnosticSettings'
          apiVersion: '2021-05-01-preview'
          name: 'notbefore'
          properties: {
            workspaceId: workspaceId
            logs: logs
          }
        }
      ]
    }
    location: location
    roleId: roleId
  }
}
