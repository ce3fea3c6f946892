<#
.SYNOPSIS
Pauses the OS upgrade of a scale set (cancels what runs, switches automatic off), or starts one.
.DESCRIPTION
-Automatic with -Action Start switches automatic upgrades on again.
.NOTES
Idempotent. Not run by its authors: see docs/runbooks.md.
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [object]$WebhookData,
    [Parameter(Mandatory)][string]$SubscriptionId,
    [Parameter(Mandatory)][string]$ResourceGroup,
    [Parameter(Mandatory)][string]$Name,
    [Parameter(Mandatory)][ValidateSet('Pause', 'Start')][string]$Action,
    [switch]$Automatic,
    [string]$Signals
)
$ErrorActionPreference = 'Stop'
. "$PSScriptRoot\Common.ps1"
trap { Send-Progress $script:Step 'failed' $_.Exception.Message; break }

$script:Step = $Name
$story = Start-Work 'os-upgrade' $WebhookData $SubscriptionId $Signals
if ($story.test) { Send-Progress $Name 'done' 'a drill: nothing is begun'; return }
if (Test-Over $story) { Send-Progress $Name 'done' 'the upgrade is over'; return }
$set = @{ ResourceGroupName = $ResourceGroup; VMScaleSetName = $Name }
$automaticNow = [bool](Get-AzVmss @set).UpgradePolicy.AutomaticOSUpgradePolicy.EnableAutomaticOSUpgrade
$rolling = Get-AzVmssRollingUpgrade @set -ErrorAction SilentlyContinue
$runs = $rolling -and "$($rolling.RunningStatus.Code)" -eq 'RollingForward'
$wanted = if ($Action -eq 'Pause') { $false } else { $automaticNow -or $Automatic }
if ($runs -eq ($Action -eq 'Start') -and $automaticNow -eq $wanted) { Send-Progress $Name 'done' "$Action`: it is as wanted"; return }
if (-not $PSCmdlet.ShouldProcess($Name, $Action)) { Send-Progress $Name 'done' 'nothing was changed: -WhatIf'; return }
if ($automaticNow -ne $wanted) { Update-AzVmss @set -AutomaticOSUpgrade $wanted | Out-Null }
if ($Action -eq 'Pause' -and $runs) { Stop-AzVmssRollingUpgrade @set -Force | Out-Null }
if ($Action -eq 'Start' -and -not $runs) { Start-AzVmssRollingOSUpgrade @set | Out-Null }
Send-Progress $Name 'done' $Action
