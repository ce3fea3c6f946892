// Lets the policy for agents give machines one role on the hub's topic: to send. Azure refuses it every other role.

@description('Name of the topic.')
param topicName string

@description('Object id of the identity of the policy assignment.')
param principalId string

var administrator = 'f58310d9-a9f6-439a-9e8d-f62e7b41a168'
var sender = 'd5a91429-5739-47e2-a06b-3470a27159e7'
var given = '@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${sender}}'
var taken = '@Resource[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {${sender}}'
var mayGive = '((!(ActionMatches{\'Microsoft.Authorization/roleAssignments/write\'})) OR (${given}))'
var mayTake = '((!(ActionMatches{\'Microsoft.Authorization/roleAssignments/delete\'})) OR (${taken}))'

resource topic 'Microsoft.EventGrid/topics@2025-02-15' existing = {
  name: topicName
}

// A machine that gets the agent must be let in at the topic; the condition allows the sender's role and no other.
resource gives 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(topic.id, principalId, administrator)
  scope: topic
  properties: {
    description: 'Lets machines with the agent send to this topic.'
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', administrator)
    condition: '${mayGive} AND ${mayTake}'
    conditionVersion: '2.0'
  }
}
