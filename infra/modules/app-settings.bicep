// Every setting of the app, as docs/settings.md says them. None of those that Flex Consumption forbids.

@description('Name of the app.')
param appName string

@description('Client id of the app\'s identity.')
param clientId string

@description('Address of the blobs, with a slash at its end.')
param blobs string

@description('Address of the queues, with a slash at its end.')
param queues string

@description('Address of the tables, with a slash at its end.')
param tables string

@description('Where telemetry is sent.')
param insightsConnection string

@description('Where the app is, for links in messages.')
param url string

@description('Client id of the Entra application that the doors belong to.')
param entraClientId string

@description('Applications besides Azure\'s own that may send signals.')
param signalCallers string[]

@description('Id (GUID) of the workspace that is asked for Scheduled Events.')
param workspaceId string

@description('Subscriptions to ask about.')
param pollSubscriptions string[]

@description('Address of the vault, with a slash at its end.')
param vaultUri string

@description('Secrets are read from the vault at start, not by reference: references fail when its network is closed.')
param vaultClosed bool

@description('Settings besides the signing key that are secrets in the vault.')
param secretSettings string[]

@description('Endpoint of Communication Services; empty: none.')
param communication string

@description('From address of mails.')
param mailFrom string

@description('Number or name that SMS come from.')
param smsFrom string

@description('More settings, name and value.')
param moreSettings object

// Action groups and Event Grid, by the same ids in every tenant; the command line of Azure, for drills by a person.
var knownCallers = [
  '461e8683-5575-4561-ac7f-899cc907d62a'
  '4962773b-9cdb-44cf-a8bf-237846a00ab7'
  '04b07795-8ddb-461a-bbee-02f9e1bf7b46'
]
var knownRoles = ['ActionGroupsSecureWebhook', 'AzureEventGridSecureWebhookSubscriber', 'NotBefore.Signal']

var secrets = union(['NOTBEFORE_SIGNING_KEY'], secretSettings)
var references = toObject(
  secrets,
  secret => secret,
  secret => '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/${replace(secret, '_', '-')})'
)

var host = {
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnection
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${clientId};Authorization=AAD'
  AzureWebJobsStorage__blobServiceUri: blobs
  AzureWebJobsStorage__queueServiceUri: queues
  AzureWebJobsStorage__tableServiceUri: tables
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: clientId
  // The sign-in of the board proves itself by the identity instead of a password (see sign-in.bicep).
  OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID: clientId
}

var ours = {
  NOTBEFORE_URL: url
  NOTBEFORE_ENTRA_TENANT: tenant().tenantId
  NOTBEFORE_ENTRA_AUDIENCES: '${entraClientId} api://${entraClientId}'
  NOTBEFORE_ENTRA_CALLERS: join(union(knownCallers, signalCallers), ' ')
  NOTBEFORE_ENTRA_ROLES: join(knownRoles, ' ')
  NOTBEFORE_SIGN_IN: 'platform'
  NOTBEFORE_ACTING_ROLE: 'NotBefore.Act'
  NOTBEFORE_WORKSPACE: workspaceId
  NOTBEFORE_POLL_SUBSCRIPTIONS: join(pollSubscriptions, ' ')
  NOTBEFORE_ARM: environment().resourceManager
  NOTBEFORE_ACS: communication
  NOTBEFORE_MAIL_FROM: mailFrom
  NOTBEFORE_SMS_FROM: smsFrom
}

resource app 'Microsoft.Web/sites@2024-11-01' existing = {
  name: appName
}

resource settings 'Microsoft.Web/sites/config@2024-11-01' = {
  //checkov:skip=CKV_AZURE_13:the settings of the app, not its sign-in: that is in sign-in.bicep
  //checkov:skip=CKV_AZURE_63:the settings of the app, not its logs: requests are in Application Insights
  //checkov:skip=CKV_AZURE_65:the settings of the app, not its logs: errors are in Application Insights
  //checkov:skip=CKV_AZURE_66:the settings of the app, not its logs: failed requests are in Application Insights
  //checkov:skip=CKV_AZURE_80:the app is Python
  //checkov:skip=CKV_AZURE_88:Flex Consumption mounts no files; the package lies in a blob
  //checkov:skip=CKV_AZURE_222:access is narrowed on the app itself
  parent: app
  name: 'appsettings'
  properties: union(host, ours, vaultClosed ? { NOTBEFORE_VAULT: vaultUri } : references, moreSettings)
}
