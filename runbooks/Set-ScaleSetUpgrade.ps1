<#
.SYNOPSIS
Pauses (cancels the running, switches automatic off) or starts the OS upgrade of a scale set.
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
    [string]$Signals
)
$ErrorActionPreference = 'Stop'
. "$PSScriptRoot\Common.ps1"

Connect-Identity $SubscriptionId
$set = Get-AzVmss -ResourceGroupName $ResourceGroup -VMScaleSetName $Name
$rolling = Get-AzVmssRollingUpgrade -ResourceGroupName $ResourceGroup -VMScaleSetName $Name -ErrorAction SilentlyContinue
$runs = $rolling -and $rolling.RunningStatus.Code -eq 'RollingForward'
if (-not $PSCmdlet.ShouldProcess($Name, $Action)) { return }
if ($Action -eq 'Pause') {
    if ($runs) { Stop-AzVmssRollingUpgrade -ResourceGroupName $ResourceGroup -VMScaleSetName $Name -Force | Out-Null }
    Update-AzVmss -ResourceGroupName $ResourceGroup -VMScaleSetName $Name -AutomaticOSUpgrade $false | Out-Null
} elseif (-not $runs) {
    Start-AzVmssRollingOSUpgrade -ResourceGroupName $ResourceGroup -VMScaleSetName $Name | Out-Null
}
Send-Progress $Signals 'os-upgrade' $Action 'done' $Name $set.Id
