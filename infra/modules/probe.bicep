// Azure looks at /health from several places, every five minutes. It answers 503 when storage does not, when the
// routing file is bad, when signals are not finished and when the oldest delivery is overdue.

@description('Name of the test.')
param name string

@description('Region of Application Insights.')
param location string

@description('Tags of the test.')
param tags object

@description('Where the app is, without a slash at its end.')
param url string

@description('Resource id of Application Insights.')
param insightsId string

@description('Resource id of the action group of the operators.')
param operatorsId string

var places = ['emea-nl-ams-azr', 'emea-gb-db3-azr', 'us-va-ash-azr', 'apac-sg-sin-azr', 'us-ca-sjc-azr']

resource probe 'Microsoft.Insights/webtests@2022-06-15' = {
  name: name
  location: location
  tags: union(tags, { 'hidden-link:${insightsId}': 'Resource' })
  kind: 'standard'
  properties: {
    SyntheticMonitorId: name
    Name: name
    Enabled: true
    Frequency: 300
    Timeout: 30
    Kind: 'standard'
    RetryEnabled: true
    Locations: [
      for place in places: {
        Id: place
      }
    ]
    Request: {
      HttpVerb: 'GET'
      RequestUrl: '${url}/health'
    }
    ValidationRules: {
      ExpectedHttpStatusCode: 200
      SSLCheck: true
      SSLCertRemainingLifetimeCheck: 7
    }
  }
}

resource alert 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: name
  location: 'global'
  tags: tags
  properties: {
    description: 'NotBefore is not well, or not there. /health says what is wrong: see docs/operations.md.'
    severity: 1
    enabled: true
    scopes: [probe.id, insightsId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria'
      componentId: insightsId
      webTestId: probe.id
      failedLocationCount: 2
    }
    actions: [
      {
        actionGroupId: operatorsId
      }
    ]
  }
}
