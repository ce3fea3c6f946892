// The outputs of the hub (`az deployment sub show --name notbefore --query properties.outputs`), exported.
using './main.bicep'

param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param url = readEnvironmentVariable('NOTBEFORE_URL', '')
param entraClientId = readEnvironmentVariable('NOTBEFORE_CLIENT_ID', '')
param entraObjectId = readEnvironmentVariable('NOTBEFORE_OBJECT_ID', '')
param principalId = readEnvironmentVariable('NOTBEFORE_PRINCIPAL', '')
param workspaceId = readEnvironmentVariable('NOTBEFORE_HUB', '')
param agentFiles = readEnvironmentVariable('NOTBEFORE_AGENT_FILES', '')
param agentsTopicId = readEnvironmentVariable('NOTBEFORE_AGENTS_TOPIC', '')
param agentsEndpoint = readEnvironmentVariable('NOTBEFORE_AGENTS', '')
param enforcement = readEnvironmentVariable('NOTBEFORE_ENFORCEMENT', 'Default')
