<#
.SYNOPSIS
Approves a scheduled event: it begins now, for all its resources. Runs in the VM, by Run Command.
.NOTES
Only an operator starts this; NotBefore never does by itself. Idempotent: approving again answers 200 as well.
Not run by its authors: see docs/runbooks.md.
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [object]$WebhookData,
    [Parameter(Mandatory)][string]$SubscriptionId,
    [Parameter(Mandatory)][string]$ResourceGroup,
    [Parameter(Mandatory)][string]$Name,
    [Parameter(Mandatory)][ValidatePattern('^[0-9A-Fa-f-]{36}$')][string]$EventId,
    [string]$Signals
)
$ErrorActionPreference = 'Stop'
. "$PSScriptRoot\Common.ps1"

Connect-Identity $SubscriptionId
if (-not $PSCmdlet.ShouldProcess("$Name, event $EventId", 'approve')) { return }
$url = 'http://169.254.169.254/metadata/scheduledevents?api-version=2020-07-01'
$script = "curl -sf --noproxy '*' -H Metadata:true -d '{""StartRequests"":[{""EventId"":""$EventId""}]}' '$url' && echo approved"
$ran = Invoke-AzVMRunCommand -ResourceGroupName $ResourceGroup -VMName $Name -CommandId RunShellScript -ScriptString $script
$good = "$($ran.Value[0].Message)" -match 'approved'
Send-Progress -Signals $Signals -Runbook 'approve' -Step $Name -State $(if ($good) { 'done' } else { 'failed' }) -EventId $EventId
if (-not $good) { throw 'the metadata service did not take the approval' }
