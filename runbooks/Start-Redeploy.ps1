<#
.SYNOPSIS
Moves VMs to other hosts now, before Azure does: -Names, else the story's in the resource group. One after the other.
.NOTES
Idempotent: a VM that was redeployed since the story began (or in the last six hours) is passed over, by the activity log.
Not run by its authors: see docs/runbooks.md.
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [object]$WebhookData,
    [Parameter(Mandatory)][string]$SubscriptionId,
    [Parameter(Mandatory)][string]$ResourceGroup,
    [string[]]$Names,
    [string]$Signals
)
$ErrorActionPreference = 'Stop'
. "$PSScriptRoot\Common.ps1"
trap { Send-Progress $script:Step 'failed' $_.Exception.Message; break }

$script:Step = 'redeploy'
$story = Start-Work 'redeploy' $WebhookData $SubscriptionId $Signals
if ($story.test) { Send-Progress 'redeploy' 'done' 'a drill: nothing is begun'; return }
if (Test-Over $story) { Send-Progress 'redeploy' 'done' 'the maintenance is over'; return }
if (-not $Names) { $Names = @(Get-Target $story $SubscriptionId $ResourceGroup) }
$since = if ($story) { ([DateTimeOffset]$story.opened_at).UtcDateTime } else { [DateTime]::UtcNow.AddHours(-6) }
foreach ($name in $Names) {
    $script:Step = $name
    $vm = Get-AzVM -ResourceGroupName $ResourceGroup -Name $name
    $done = Get-AzActivityLog -ResourceId $vm.Id -StartTime $since -Status Succeeded -WarningAction SilentlyContinue |
        Where-Object { "$($_.OperationName) $($_.Authorization.Action)" -match 'redeploy' }
    if ($done) { Send-Progress $name 'skipped' 'it was redeployed already'; continue }
    if (-not $PSCmdlet.ShouldProcess($name, 'redeploy')) { continue }
    Set-AzVM -Redeploy -ResourceGroupName $ResourceGroup -Name $name | Out-Null
    Send-Progress $name 'succeeded'
}
Send-Progress 'job' 'done'
