# What the runbooks share. Paste it in front of each when importing, or import it as a runbook of its own.
# PowerShell 5.1; modules Az.Accounts, Az.Compute, Az.Network. WebhookData is broken in PowerShell 7 runbooks.

function Get-Story([object]$WebhookData) {
    # The CloudEvent that NotBefore posted, or null when a person started the runbook.
    if (-not $WebhookData) { return $null }
    $WebhookData.RequestBody | ConvertFrom-Json
}

# What NotBefore said when it started us, so that what we report stands with it.
$Caller = Get-Story $WebhookData

function Connect-Identity([string]$SubscriptionId) {
    Disable-AzContextAutosave -Scope Process | Out-Null
    Connect-AzAccount -Identity | Out-Null
    Set-AzContext -Subscription $SubscriptionId | Out-Null
}

function Send-Progress {
    # Says to the story what was done. A runbook never fails because this does. The state 'done' or 'failed' ends the job.
    param([string]$Signals, [string]$Runbook, [string]$Step, [string]$State, [string]$Text, [string]$ResourceId, [string]$EventId)
    Write-Output "${Step}: $State $Text"
    if (-not $Signals) { return }
    $body = @{
        specversion = '1.0'; id = [guid]::NewGuid().ToString(); source = "$ResourceId"
        type = 'notbefore.runbook.progress'; time = [DateTime]::UtcNow.ToString('o'); datacontenttype = 'application/json'
        data = @{ runbook = $Runbook; step = $Step; state = $State; text = $Text; eventId = $EventId }
    }
    if ($Caller) {
        $body.data.story = $Caller.subject
        $body.data.delivery = $Caller.id
        $body.data.subscriptionId = $Caller.data.story.subscription_id
    }
    $body = $body | ConvertTo-Json -Depth 5
    try {
        Invoke-RestMethod -Method Post -Uri $Signals -Body ([Text.Encoding]::UTF8.GetBytes($body)) -ContentType 'application/cloudevents+json' | Out-Null
    } catch { Write-Warning "the story could not be told: $($_.Exception.Message)" }
}
