// The policy that installs the agent in Linux machines that have a managed identity, and lets that identity send to the
// hub's topic. A run command does it: a machine takes many of them, but only one custom script extension.
targetScope = 'managementGroup'

@description('Address (https) of the folder that serves the files of agent/linux.')
param agentFiles string

@description('Resource id of the hub\'s topic for agents.')
param topicId string

@description('Address of that topic.')
param topicEndpoint string

@description('Resource id of the role that the policy acts with.')
param roleId string

@description('Resource id of the role to give roles on the topic.')
param topicRoleId string

var sender = 'd5a91429-5739-47e2-a06b-3470a27159e7'
var topicName = last(split(topicId, '/'))
var machine = 'resourceId(\'Microsoft.Compute/virtualMachines\', parameters(\'machine\'))'
var bring = 'curl -fsSL --proto =https ${agentFiles}/install.sh -o /tmp/notbefore-install.sh'
var install = 'NOTBEFORE_FROM=${agentFiles} sh /tmp/notbefore-install.sh ${topicEndpoint}'

var assignment = {
  type: 'Microsoft.Authorization/roleAssignments'
  apiVersion: '2022-04-01'
  name: '[guid(\'${topicId}\', parameters(\'principal\'), \'${sender}\')]'
  scope: 'Microsoft.EventGrid/topics/${topicName}'
  properties: {
    description: 'The agent in a machine sends its Scheduled Events.'
    principalId: '[parameters(\'principal\')]'
    principalType: 'ServicePrincipal'
    roleDefinitionId: '/providers/Microsoft.Authorization/roleDefinitions/${sender}'
  }
}

var template = {
  '$schema': 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#'
  contentVersion: '1.0.0.0'
  parameters: {
    machine: { type: 'string' }
    location: { type: 'string' }
  }
  resources: [
    {
      type: 'Microsoft.Resources/deployments'
      apiVersion: '2024-11-01'
      name: '[concat(\'notbefore-\', uniqueString(${machine}))]'
      subscriptionId: split(topicId, '/')[2]
      resourceGroup: split(topicId, '/')[4]
      properties: {
        mode: 'Incremental'
        expressionEvaluationOptions: { scope: 'Inner' }
        parameters: {
          principal: { value: '[reference(${machine}, \'2024-11-01\', \'Full\').identity.principalId]' }
        }
        template: {
          '$schema': 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#'
          contentVersion: '1.0.0.0'
          parameters: { principal: { type: 'string' } }
          resources: [assignment]
        }
      }
    }
    {
      type: 'Microsoft.Compute/virtualMachines/runCommands'
      apiVersion: '2024-11-01'
      name: '[concat(parameters(\'machine\'), \'/notbefore-agent\')]'
      location: '[parameters(\'location\')]'
      properties: {
        asyncExecution: false
        timeoutInSeconds: 600
        treatFailureAsDeploymentFailure: true
        source: {
          script: '${bring} && ${install}'
        }
      }
    }
  ]
}

resource policy 'Microsoft.Authorization/policyDefinitions@2025-01-01' = {
  name: 'notbefore-agent'
  properties: {
    displayName: 'NotBefore: a Linux machine with an identity has the agent'
    description: 'Installs the agent that sees a reboot coming. Machines without a system-assigned identity are left out.'
    policyType: 'Custom'
    mode: 'Indexed'
    metadata: { category: 'Monitoring' }
    parameters: {
      effect: {
        type: 'String'
        defaultValue: 'DeployIfNotExists'
        allowedValues: ['DeployIfNotExists', 'AuditIfNotExists', 'Disabled']
        metadata: { description: 'Installs, only tells, or does nothing.' }
      }
    }
    policyRule: {
      if: {
        allOf: [
          { field: 'type', equals: 'Microsoft.Compute/virtualMachines' }
          { field: 'Microsoft.Compute/virtualMachines/storageProfile.osDisk.osType', like: 'Linux*' }
          { field: 'identity.type', contains: 'SystemAssigned' }
        ]
      }
      then: {
        effect: '[parameters(\'effect\')]'
        details: {
          type: 'Microsoft.Compute/virtualMachines/runCommands'
          name: '[concat(field(\'name\'), \'/notbefore-agent\')]'
          evaluationDelay: 'AfterProvisioningSuccess'
          roleDefinitionIds: [roleId, topicRoleId]
          deployment: {
            properties: {
              mode: 'incremental'
              parameters: {
                machine: { value: '[field(\'name\')]' }
                location: { value: '[field(\'location\')]' }
              }
              template: template
            }
          }
        }
      }
    }
  }
}
