// What the policies may do in each subscription: make these few things, and nothing else.
targetScope = 'managementGroup'

var actions = [
  // The group notbefore-alerts, and the deployment that fills it.
  'Microsoft.Resources/subscriptions/resourceGroups/read'
  'Microsoft.Resources/subscriptions/resourceGroups/write'
  'Microsoft.Resources/deployments/*'
  // What is in it; a new subscription does not know the provider yet.
  'Microsoft.Insights/register/action'
  'Microsoft.Insights/actionGroups/read'
  'Microsoft.Insights/actionGroups/write'
  'Microsoft.Insights/activityLogAlerts/read'
  'Microsoft.Insights/activityLogAlerts/write'
  // The activity log, on its way to the hub's workspace.
  'Microsoft.Insights/diagnosticSettings/read'
  'Microsoft.Insights/diagnosticSettings/write'
  'Microsoft.OperationalInsights/workspaces/read'
  'Microsoft.OperationalInsights/workspaces/sharedKeys/action'
  // The agent in machines.
  'Microsoft.Compute/virtualMachines/read'
  'Microsoft.Compute/virtualMachines/runCommands/read'
  'Microsoft.Compute/virtualMachines/runCommands/write'
]

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(managementGroup().id, 'notbefore-policies')
  properties: {
    roleName: 'NotBefore policies (${managementGroup().name})'
    description: 'Connects subscriptions to NotBefore: action group, alert rules, activity log, agents.'
    type: 'CustomRole'
    assignableScopes: [managementGroup().id]
    permissions: [
      {
        actions: actions
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
  }
}

@description('Resource id of the role, as policies and assignments name it.')
output id string = tenantResourceId('Microsoft.Authorization/roleDefinitions', role.name)
