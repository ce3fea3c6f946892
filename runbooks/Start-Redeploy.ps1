<#
.SYNOPSIS
Moves a VM to another host at a time of your choice, before Azure does.
.NOTES
Idempotent by -After: a VM that was redeployed since is passed over. Not run by its authors: see docs/runbooks.md.
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [object]$WebhookData,
    [Parameter(Mandatory)][string]$SubscriptionId,
    [Parameter(Mandatory)][string]$ResourceGroup,
    [Parameter(Mandatory)][string]$Name,
    [DateTime]$After = [DateTime]::UtcNow.AddHours(-6),
    [string]$Signals
)
$ErrorActionPreference = 'Stop'
. "$PSScriptRoot\Common.ps1"

Connect-Identity $SubscriptionId
$vm = Get-AzVM -ResourceGroupName $ResourceGroup -Name $Name
$since = Get-AzActivityLog -ResourceId $vm.Id -StartTime $After -Status Succeeded -WarningAction SilentlyContinue |
    Where-Object { "$($_.OperationName)" -match 'redeploy' }
if ($since) { Send-Progress $Signals 'redeploy' $Name 'done' 'it was redeployed already' $vm.Id; return }
if (-not $PSCmdlet.ShouldProcess($Name, 'redeploy')) { return }
Set-AzVM -Redeploy -ResourceGroupName $ResourceGroup -Name $Name | Out-Null
Send-Progress $Signals 'redeploy' $Name 'done' '' $vm.Id
