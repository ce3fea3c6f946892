// A new key that signs the links in messages. Azure draws it: it passes through no file and no hand.
// Deployed again, it revokes every link. The app takes it at its next start.

@description('Name of the vault.')
param vaultName string

@description('The key: 244 random bits, drawn by Resource Manager at each deployment. Never given by hand.')
@secure()
//checkov:skip=CKV_AZURE_131:the default is drawn by Azure at each deployment, nothing is written here
param value string = '${newGuid()}-${newGuid()}'

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: vaultName
}

resource key 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = {
  //checkov:skip=CKV_AZURE_41:an end would close every link at once on a day that nobody remembers; a new one is made by hand
  parent: vault
  name: 'NOTBEFORE-SIGNING-KEY'
  properties: {
    contentType: 'text/plain'
    value: value
  }
}
