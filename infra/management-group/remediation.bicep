// Connects the subscriptions that were there before the policies. Azure knows them half an hour after the assignment;
// new ones are connected by themselves. Any one policy for alerts deploys the whole set, so one of them is enough.
targetScope = 'managementGroup'

@description('What is remedied: references of the initiative. Of a single lost alert rule, its name.')
param references string[] = ['action-group', 'activity-log']

@description('Tells this run from others; the time of the deployment.')
param run string = utcNow('yyyyMMddHHmm')

resource remediation 'Microsoft.PolicyInsights/remediations@2021-10-01' = [
  for one in references: {
    name: 'notbefore-${one}-${run}'
    properties: {
      policyAssignmentId: '${managementGroup().id}/providers/Microsoft.Authorization/policyAssignments/notbefore'
      policyDefinitionReferenceId: one
      resourceDiscoveryMode: 'ExistingNonCompliant'
      parallelDeployments: 10
      resourceCount: 500
    }
  }
]
