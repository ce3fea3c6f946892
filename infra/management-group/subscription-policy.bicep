// A policy that looks for something in a subscription, and deploys a template to the subscription when it is not there.
targetScope = 'managementGroup'

@description('Name of the policy.')
param name string

@description('Name of the policy for people.')
param displayName string

@description('Type of what is looked for.')
param relatedType string

@description('What must be true of one of them.')
param existence object

@description('Parameters of the policy itself.')
param parameters object

@description('What is deployed, an ARM template for a subscription.')
param template object

@description('Region of the deployment.')
param location string

@description('Resource id of the role that the policy acts with.')
param roleId string

resource policy 'Microsoft.Authorization/policyDefinitions@2025-01-01' = {
  name: name
  properties: {
    displayName: displayName
    description: 'Made by infra/management-group of NotBefore; changes by hand are overwritten by the next deployment.'
    policyType: 'Custom'
    mode: 'All'
    metadata: {
      category: 'Monitoring'
    }
    parameters: union(parameters, {
      effect: {
        type: 'String'
        defaultValue: 'DeployIfNotExists'
        allowedValues: ['DeployIfNotExists', 'AuditIfNotExists', 'Disabled']
        metadata: {
          description: 'Deploys, only tells, or does nothing.'
        }
      }
    })
    policyRule: {
      if: {
        field: 'type'
        equals: 'Microsoft.Resources/subscriptions'
      }
      then: {
        effect: '[parameters(\'effect\')]'
        details: {
          type: relatedType
          existenceScope: 'subscription'
          existenceCondition: existence
          deploymentScope: 'subscription'
          roleDefinitionIds: [roleId]
          deployment: {
            location: location
            properties: {
              mode: 'incremental'
              template: template
            }
          }
        }
      }
    }
  }
}
