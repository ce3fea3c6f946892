// People sign in before the board. The platform strips and sets the headers that say who they are; the code judges
// who may look and who may act. Nothing is refused here, because doors for machines stand beside the pages.

@description('Name of the app.')
param appName string

@description('Client id of the Entra application.')
param entraClientId string

resource app 'Microsoft.Web/sites@2024-11-01' existing = {
  name: appName
}

resource signIn 'Microsoft.Web/sites/config@2024-11-01' = {
  //checkov:skip=CKV_AZURE_13:sign-in is what this resource switches on, in the form that the scanner does not know
  //checkov:skip=CKV_AZURE_63:not the resource for logs; requests are in Application Insights
  //checkov:skip=CKV_AZURE_65:not the resource for logs; errors are in Application Insights
  //checkov:skip=CKV_AZURE_66:not the resource for logs; failed requests are in Application Insights
  //checkov:skip=CKV_AZURE_80:the app is Python
  //checkov:skip=CKV_AZURE_88:Flex Consumption mounts no files; the package lies in a blob
  //checkov:skip=CKV_AZURE_222:access is narrowed on the app itself
  parent: app
  name: 'authsettingsV2'
  properties: {
    platform: {
      enabled: true
    }
    globalValidation: {
      requireAuthentication: false
      unauthenticatedClientAction: 'AllowAnonymous'
    }
    httpSettings: {
      requireHttps: true
    }
    login: {
      tokenStore: {
        enabled: false
      }
    }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          clientId: entraClientId
          // No password: this name makes the platform prove itself by the managed identity of that setting.
          clientSecretSettingName: 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID'
          openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
        }
        validation: {
          allowedAudiences: [entraClientId, 'api://${entraClientId}']
        }
      }
    }
  }
}
