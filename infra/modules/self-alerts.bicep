// Alerts on ourselves, from the app's own log and from an outside look at /health. Azure sends them, not we.

@description('Beginning of the names of the alerts.')
param prefix string

@description('Region of the workspace.')
param location string

@description('Tags of the alerts.')
param tags object

@description('Resource id of the workspace that holds the app\'s log.')
param workspaceId string

@description('Resource id of the action group of the operators.')
param operatorsId string

@description('Signals in quarantine within a day that are too many.')
@minValue(1)
param quarantineADay int = 20

@description('Days without any signal after which something may be cut off.')
@minValue(1)
param quietDays int = 14

// Each looks for words that the code logs; a test holds the two together.
var watches = [
  {
    name: 'poison'
    description: 'A queue gave up on a message. It is in quarantine on the board; what it was about may be untold.'
    severity: 1
    frequency: 'PT5M'
    window: 'PT15M'
    threshold: 0
    query: 'AppTraces | where Message startswith "poison in the queue"'
  }
  {
    name: 'dead-delivery'
    description: 'A delivery was given up: somebody has not been told. The board says who, and sends it again.'
    severity: 1
    frequency: 'PT5M'
    window: 'PT15M'
    threshold: 0
    query: 'AppTraces | where Message startswith "delivery " and Message has "is dead"'
  }
  {
    name: 'quarantine'
    description: 'More signals than usual could not be read. The board shows each with what is wrong.'
    severity: 2
    frequency: 'PT1H'
    window: 'P1D'
    threshold: quarantineADay
    query: 'AppTraces | where Message startswith "quarantine: "'
  }
  {
    name: 'quiet'
    description: 'Nothing has come in for days: an alert rule, a role or a topic may be gone. See the coverage page.'
    severity: 2
    frequency: 'PT6H'
    window: 'P1D'
    threshold: 0
    query: 'AppTraces | where toint(extract("no signal for ([0-9]+) days", 1, Message)) >= ${quietDays}'
  }
]

resource alert 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for one in watches: {
    name: '${prefix}-${one.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      description: one.description
      severity: one.severity
      enabled: true
      scopes: [workspaceId]
      evaluationFrequency: one.frequency
      windowSize: one.window
      autoMitigate: false
      // The table is there only after the app has logged for the first time.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: one.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: one.threshold
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      actions: {
        actionGroups: [operatorsId]
      }
    }
  }
]
