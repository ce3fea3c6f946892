// Mails the operators when a topic gave up on an event.

@description('Name of the alert.')
param name string

@description('Tags of the alert.')
param tags object

@description('Resource id of the topic.')
param topicId string

@description('Resource id of the action group of the operators.')
param operatorsId string

resource alert 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: name
  location: 'global'
  tags: tags
  properties: {
    description: 'Event Grid could not deliver events. They lie in the container dead-letters: see docs/operations.md.'
    severity: 1
    enabled: true
    scopes: [topicId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT5M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'dead-lettered'
          metricName: 'DeadLetteredCount'
          operator: 'GreaterThan'
          threshold: 0
          timeAggregation: 'Total'
        }
      ]
    }
    actions: [
      {
        actionGroupId: operatorsId
      }
    ]
  }
}
