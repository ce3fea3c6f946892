# What the runbooks share. When importing one, replace its line that names this file by this text.
# PowerShell 5.1 (WebhookData is broken in PowerShell 7 runbooks); modules Az.Accounts, Az.Compute, Az.Network, Az.Monitor.

function Start-Work([string]$Runbook, [object]$WebhookData, [string]$SubscriptionId, [string]$Signals) {
    # Keeps what every report says, and signs in as the account's managed identity. Answers with the story, or null
    # when a person started the runbook.
    if ($WebhookData -is [string]) { $WebhookData = $WebhookData | ConvertFrom-Json }
    $news = if ($WebhookData) { $WebhookData.RequestBody | ConvertFrom-Json }
    $script:Report = @{
        Runbook = $Runbook; Signals = $Signals; SubscriptionId = $SubscriptionId
        Story = "$($news.subject)"; Delivery = "$($news.id)"
    }
    Disable-AzContextAutosave -Scope Process | Out-Null
    Connect-AzAccount -Identity | Out-Null
    Set-AzContext -Subscription $SubscriptionId | Out-Null
    if ($news) { $news.data.story }
}

function Test-Over([object]$Story) {
    # NotBefore starts a runbook at each news, the end too: then there is nothing to begin any more.
    $Story -and $Story.phase -in 'completed', 'canceled', 'failed'
}

function Get-Target([object]$Story, [string]$SubscriptionId, [string]$ResourceGroup) {
    # Names of the story's machines in this resource group; nobody else's are touched.
    $prefix = "/subscriptions/$SubscriptionId/resourcegroups/$ResourceGroup/providers/microsoft.compute/virtualmachines/"
    foreach ($one in $Story.resources) { if ("$($one.id)" -like "$prefix*") { "$($one.id)".Substring($prefix.Length) } }
}

function Send-Progress([string]$Step, [string]$State, [string]$Text, [string]$EventId) {
    # Says to the story what was done; 'done' and 'failed' end the job. A runbook never fails because this does.
    Write-Output "${Step}: $State $Text"
    if (-not $script:Report.Signals) { return }
    $told = @{
        runbook = $script:Report.Runbook; step = $Step; state = $State; text = $Text; eventId = $EventId
        story = $script:Report.Story; delivery = $script:Report.Delivery; subscriptionId = $script:Report.SubscriptionId
    }
    $body = @{
        specversion = '1.0'; id = [guid]::NewGuid().ToString(); source = 'urn:notbefore:runbook'
        type = 'notbefore.runbook.progress'; time = [DateTime]::UtcNow.ToString('o'); data = $told
    } | ConvertTo-Json -Depth 5
    $sent = @{ Method = 'Post'; Uri = $script:Report.Signals; ContentType = 'application/cloudevents+json' }
    try { Invoke-RestMethod @sent -Body ([Text.Encoding]::UTF8.GetBytes($body)) | Out-Null }
    catch { Write-Warning "the story could not be told: $($_.Exception.Message)" }
}
