// The values of one installation, from the environment: `azd env set NAME VALUE`, or export NAME=VALUE.
using './main.bicep'

param name = readEnvironmentVariable('AZURE_ENV_NAME', 'notbefore')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param entraClientId = readEnvironmentVariable('NOTBEFORE_CLIENT_ID', '')
param entraObjectId = readEnvironmentVariable('NOTBEFORE_OBJECT_ID', '')
param operators = readEnvironmentVariable('NOTBEFORE_OPERATORS', '')
param newSigningKey = bool(readEnvironmentVariable('NOTBEFORE_NEW_SIGNING_KEY', 'true'))
param communicationServices = bool(readEnvironmentVariable('NOTBEFORE_COMMUNICATION', 'false'))
param privateNetworking = bool(readEnvironmentVariable('NOTBEFORE_PRIVATE', 'false'))
