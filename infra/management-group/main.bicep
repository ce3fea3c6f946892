// Every present and future subscription under a management group is connected to one NotBefore, which is deployed
// before (infra/main.bicep) in a subscription under the same group.
targetScope = 'managementGroup'

@description('Region of the assignment\'s identity and of the deployments in the subscriptions.')
param location string

@description('Where NotBefore is: the output NOTBEFORE_URL.')
param url string

@description('Client id of its Entra application.')
@minLength(36)
@maxLength(36)
param entraClientId string

@description('Object id of the same application.')
@minLength(36)
@maxLength(36)
param entraObjectId string

@description('Object id of the app\'s identity: the output NOTBEFORE_PRINCIPAL.')
@minLength(36)
@maxLength(36)
param principalId string

@description('Resource id of its workspace: the output NOTBEFORE_HUB.')
param workspaceId string

@description('Address (https) of the folder that serves the files of agent/linux. Empty: agents are not rolled out.')
param agentFiles string = ''

@description('Resource id of its topic for agents; needed with agentFiles.')
param agentsTopicId string = ''

@description('Address of that topic: the output NOTBEFORE_AGENTS; needed with agentFiles.')
param agentsEndpoint string = ''

@description('Whether the policies act (Default), or only say what they would do (DoNotEnforce).')
@allowed(['Default', 'DoNotEnforce'])
param enforcement string = 'Default'

var reader = 'acdd72a7-3385-48ef-bd42-f606fba81ae7'
var withAgents = !empty(agentFiles)
var definitions = '${managementGroup().id}/providers/Microsoft.Authorization/policyDefinitions'

var rules = loadJsonContent('../alert-rules.json')
var ruleReferences = [
  for one in rules: {
    policyDefinitionId: '${definitions}/notbefore-alert-rule'
    policyDefinitionReferenceId: one.name
    parameters: {
      rule: { value: one.name }
    }
  }
]

var otherNames = withAgents ? ['action-group', 'activity-log', 'agent'] : ['action-group', 'activity-log']
var otherReferences = [
  for one in otherNames: {
    policyDefinitionId: '${definitions}/notbefore-${one}'
    policyDefinitionReferenceId: one
  }
]

module role 'role.bicep' = {
  name: 'notbefore-role'
}

module alerts 'alerts.bicep' = {
  name: 'notbefore-alerts'
  params: {
    signalsUrl: '${url}/signals'
    entraClientId: entraClientId
    entraObjectId: entraObjectId
    location: location
    roleId: role.outputs.id
  }
}

module activityLog 'activity-log.bicep' = {
  name: 'notbefore-activity-log'
  params: {
    workspaceId: workspaceId
    location: location
    roleId: role.outputs.id
  }
}

module agents 'agents.bicep' = if (withAgents) {
  name: 'notbefore-agents'
  params: {
    agentFiles: agentFiles
    topicId: agentsTopicId
    topicEndpoint: agentsEndpoint
    roleId: role.outputs.id
    topicRoleId: '/providers/Microsoft.Authorization/roleDefinitions/f58310d9-a9f6-439a-9e8d-f62e7b41a168'
  }
}

resource initiative 'Microsoft.Authorization/policySetDefinitions@2025-01-01' = {
  name: 'notbefore'
  properties: {
    displayName: 'NotBefore: every subscription is heard'
    description: 'Action group, alert rules, activity log and agents of every subscription.'
    policyType: 'Custom'
    metadata: {
      category: 'Monitoring'
    }
    policyDefinitions: concat(ruleReferences, otherReferences)
  }
  dependsOn: [alerts, activityLog, agents]
}

resource assigned 'Microsoft.Authorization/policyAssignments@2025-01-01' = {
  name: 'notbefore'
  location: location
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    displayName: 'NotBefore: every subscription is heard'
    enforcementMode: enforcement
    policyDefinitionId: initiative.id
    nonComplianceMessages: [
      {
        message: 'NotBefore does not hear this subscription completely. A remediation connects it.'
      }
    ]
  }
}

// The policies act with a role made for them: it can make what they deploy, and nothing else.
resource acts 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(managementGroup().id, 'notbefore-policies', assigned.id)
  properties: {
    description: 'Deploys what connects a subscription to NotBefore.'
    principalId: assigned.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: role.outputs.id
  }
}

// Resource Graph and instance views of every subscription: by the group, so that a new one is seen at once.
resource polls 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(managementGroup().id, principalId, reader)
  properties: {
    description: 'Asks Resource Graph and the machines about maintenance.'
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: tenantResourceId('Microsoft.Authorization/roleDefinitions', reader)
  }
}

module topicRole 'topic-role.bicep' = if (withAgents) {
  name: 'notbefore-topic-role'
  scope: resourceGroup(split('${agentsTopicId}////', '/')[2], split('${agentsTopicId}////', '/')[4])
  params: {
    topicName: last(split(agentsTopicId, '/'))
    principalId: assigned.identity.principalId
  }
}

@description('Object id of the identity of the policies, which must own the Entra application as well.')
output NOTBEFORE_POLICIES string = assigned.identity.principalId
