// Who may knock at the app when its doors are closed: action groups, Event Grid, the availability test; then people.

@description('Lets only these in. Otherwise everybody may knock, and the code judges.')
param closed bool

@description('Addresses (CIDR) of people who look at the board.')
param boardNetworks string[]

var machines = ['ActionGroup', 'AzureEventGrid', 'ApplicationInsightsAvailability']

var machineRules = [
  for (one, index) in machines: {
    name: one
    action: 'Allow'
    tag: 'ServiceTag'
    ipAddress: one
    priority: 100 + index
  }
]

var peopleRules = [
  for (one, index) in boardNetworks: {
    name: 'board-${index}'
    action: 'Allow'
    ipAddress: one
    priority: 200 + index
  }
]

@description('Rules of App Service, empty when everybody may knock.')
output rules array = closed ? concat(machineRules, peopleRules) : []
