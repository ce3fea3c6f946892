// Policies that give a subscription its action group and its alert rules. Each rule has its own reference in the
// initiative, so that a single one that was deleted comes back; what is deployed is always the whole set, which is the
// same every time. A tag says by which values it was made: when they change, it is made anew.
targetScope = 'managementGroup'

@description('The door for signals.')
param signalsUrl string

@description('Client id of the Entra application that the door belongs to.')
param entraClientId string

@description('Object id of the same application.')
param entraObjectId string

@description('Region of the deployments and of the group notbefore-alerts in each subscription.')
param location string

@description('Resource id of the role that the policies act with.')
param roleId string

var owner = '8e3af657-a8ff-443c-a75c-2fe8c4bcb635'
var groupName = 'notbefore-alerts'
var rules = loadJsonContent('../alert-rules.json')
var version = uniqueString(signalsUrl, entraObjectId, loadTextContent('../alert-rules.json'))
var tags = { notbefore: version }

var actionGroup = {
  type: 'Microsoft.Insights/actionGroups'
  apiVersion: '2023-01-01'
  name: 'notbefore-signals'
  location: 'Global'
  tags: tags
  properties: {
    groupShortName: 'notbefore'
    enabled: true
    webhookReceivers: [
      {
        name: 'notbefore'
        serviceUri: signalsUrl
        useCommonAlertSchema: true
        useAadAuth: true
        objectId: entraObjectId
        identifierUri: 'api://${entraClientId}'
        tenantId: tenant().tenantId
      }
    ]
    armRoleReceivers: [
      {
        name: 'owners'
        roleId: owner
        useCommonAlertSchema: true
      }
    ]
  }
}

var alertRules = [
  for one in rules: {
    type: 'Microsoft.Insights/activityLogAlerts'
    apiVersion: '2020-10-01'
    name: 'notbefore-${one.name}'
    location: 'Global'
    tags: tags
    dependsOn: ['[resourceId(\'Microsoft.Insights/actionGroups\', \'notbefore-signals\')]']
    properties: {
      description: one.description
      enabled: true
      scopes: ['[subscription().id]']
      condition: {
        allOf: one.condition
      }
      actions: {
        actionGroups: [
          {
            actionGroupId: '[resourceId(\'Microsoft.Insights/actionGroups\', \'notbefore-signals\')]'
          }
        ]
      }
    }
  }
]

var template = {
  '$schema': 'https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#'
  contentVersion: '1.0.0.0'
  resources: [
    {
      type: 'Microsoft.Resources/resourceGroups'
      apiVersion: '2024-11-01'
      name: groupName
      location: location
    }
    {
      type: 'Microsoft.Resources/deployments'
      apiVersion: '2024-11-01'
      name: groupName
      resourceGroup: groupName
      dependsOn: ['[subscriptionResourceId(\'Microsoft.Resources/resourceGroups\', \'${groupName}\')]']
      properties: {
        mode: 'Incremental'
        expressionEvaluationOptions: { scope: 'Inner' }
        template: {
          '$schema': 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#'
          contentVersion: '1.0.0.0'
          resources: concat([actionGroup], alertRules)
        }
      }
    }
  ]
}

module rulePolicy 'subscription-policy.bicep' = {
  name: 'notbefore-alert-rule-policy'
  params: {
    name: 'notbefore-alert-rule'
    displayName: 'NotBefore: a subscription has this alert rule'
    relatedType: 'Microsoft.Insights/activityLogAlerts'
    existence: {
      allOf: [
        { field: 'name', equals: '[concat(\'notbefore-\', parameters(\'rule\'))]' }
        { field: 'tags[\'notbefore\']', equals: version }
      ]
    }
    parameters: {
      rule: { type: 'String', metadata: { description: 'Name of the rule in alert-rules.json.' } }
    }
    template: template
    location: location
    roleId: roleId
  }
}

module groupPolicy 'subscription-policy.bicep' = {
  name: 'notbefore-action-group-policy'
  params: {
    name: 'notbefore-action-group'
    displayName: 'NotBefore: a subscription has the action group'
    relatedType: 'Microsoft.Insights/actionGroups'
    existence: {
      allOf: [
        { field: 'name', equals: 'notbefore-signals' }
        { field: 'tags[\'notbefore\']', equals: version }
      ]
    }
    parameters: {}
    template: template
    location: location
    roleId: roleId
  }
}
