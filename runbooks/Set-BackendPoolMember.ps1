<#
.SYNOPSIS
Takes a VM's network interface out of a load balancer's backend pool, or puts it back.
.NOTES
Idempotent. Not run by its authors: see docs/runbooks.md.
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [object]$WebhookData,
    [Parameter(Mandatory)][string]$SubscriptionId,
    [Parameter(Mandatory)][string]$NicResourceGroup,
    [Parameter(Mandatory)][string]$NicName,
    [Parameter(Mandatory)][string]$PoolId,
    [Parameter(Mandatory)][ValidateSet('Drain', 'Restore')][string]$Action,
    [string]$Signals
)
$ErrorActionPreference = 'Stop'
. "$PSScriptRoot\Common.ps1"

Connect-Identity $SubscriptionId
$nic = Get-AzNetworkInterface -ResourceGroupName $NicResourceGroup -Name $NicName
$config = $nic.IpConfigurations[0]
$pools = @($config.LoadBalancerBackendAddressPools)
$there = @($pools | Where-Object Id -eq $PoolId).Count -gt 0
if ($there -eq ($Action -eq 'Restore')) { Send-Progress $Signals 'backend-pool' $Action 'done' "$NicName is as wanted"; return }
if (-not $PSCmdlet.ShouldProcess($NicName, $Action)) { return }
if ($Action -eq 'Drain') {
    $config.LoadBalancerBackendAddressPools = @($pools | Where-Object Id -ne $PoolId)
} else {
    $config.LoadBalancerBackendAddressPools = @($pools) + @{ Id = $PoolId }
}
$nic | Set-AzNetworkInterface | Out-Null
Send-Progress $Signals 'backend-pool' $Action 'done' $NicName
