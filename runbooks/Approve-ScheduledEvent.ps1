<#
.SYNOPSIS
Approves a scheduled event: it begins now, for all machines that it names. Runs in one of them, by Run Command.
.DESCRIPTION
The event is -EventId, else the only one of the story. Whoever starts this runbook by a webhook approves whatever the
story brings: give that webhook to a route of its own.
.NOTES
NotBefore never does this by itself. Idempotent: approving again answers 200 as well. Not run by its authors: see
docs/runbooks.md.
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [object]$WebhookData,
    [Parameter(Mandatory)][string]$SubscriptionId,
    [Parameter(Mandatory)][string]$ResourceGroup,
    [Parameter(Mandatory)][string]$Name,
    [string]$EventId,
    [string]$Signals
)
$ErrorActionPreference = 'Stop'
. "$PSScriptRoot\Common.ps1"
trap { Send-Progress $script:Step 'failed' $_.Exception.Message; break }

$script:Step = $Name
$story = Start-Work 'approve' $WebhookData $SubscriptionId $Signals
if ($story.test) { Send-Progress $Name 'done' 'a drill: nothing is begun'; return }
if ($story -and $story.phase -notin 'scheduled', 'rescheduled') { Send-Progress $Name 'done' "the story is $($story.phase)"; return }
if (-not $EventId) { $EventId = @($story.keys.event_id) -join ' ' }
# It becomes part of a command in the machine: nothing but an id may.
if ($EventId -notmatch '^[0-9A-Fa-f-]{36}$') { Send-Progress $Name 'done' 'the story does not name exactly one event'; return }
if (-not $PSCmdlet.ShouldProcess("$Name, event $EventId", 'approve')) { Send-Progress $Name 'done' 'nothing was approved: -WhatIf'; return }
$url = 'http://169.254.169.254/metadata/scheduledevents?api-version=2020-07-01'
$body = "{""StartRequests"":[{""EventId"":""$EventId""}]}"
$os = (Get-AzVM -ResourceGroupName $ResourceGroup -Name $Name).StorageProfile.OsDisk.OsType
$command = if ("$os" -eq 'Windows') {
    @{ CommandId = 'RunPowerShellScript'; ScriptString = "Invoke-RestMethod -Method Post -Headers @{ Metadata = 'true' } -Uri '$url' -Body '$body'; 'approved'" }
} else {
    @{ CommandId = 'RunShellScript'; ScriptString = "curl -sf --noproxy '*' -H Metadata:true -d '$body' '$url' && echo approved" }
}
$ran = Invoke-AzVMRunCommand -ResourceGroupName $ResourceGroup -VMName $Name @command
if ("$($ran.Value.Message)" -notmatch '(?m)^approved') { throw 'the metadata service did not take the approval' }
Send-Progress $Name 'done' 'approved' $EventId
