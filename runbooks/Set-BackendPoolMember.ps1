<#
.SYNOPSIS
Takes a VM's network interface out of a load balancer's backend pool, or puts it back.
.DESCRIPTION
-Action Follow does as the story says: out when it has started or begins within -MinutesAhead, back when it is over.
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
    [ValidateSet('Drain', 'Restore', 'Follow')][string]$Action = 'Follow',
    [int]$MinutesAhead = 60,
    [string]$Signals
)
$ErrorActionPreference = 'Stop'
. "$PSScriptRoot\Common.ps1"
trap { Send-Progress $script:Step 'failed' $_.Exception.Message; break }

function Get-Pool([string]$Id) {
    $parts = $Id -split '/'
    $balancer = Get-AzLoadBalancer -ResourceGroupName $parts[4] -Name $parts[8]
    Get-AzLoadBalancerBackendAddressPool -LoadBalancer $balancer -Name $parts[10]
}
function Get-Wish([object]$Story) {
    if ($Story.phase -in 'completed', 'canceled') { return 'Restore' }
    if ($Story.phase -eq 'started') { return 'Drain' }
    $opens = $Story.window.not_before
    if ($opens -and ([DateTimeOffset]$opens - [DateTimeOffset]::UtcNow).TotalMinutes -le $MinutesAhead) { return 'Drain' }
}

$script:Step = $NicName
$story = Start-Work 'backend-pool' $WebhookData $SubscriptionId $Signals
if ($story.test) { Send-Progress $NicName 'done' 'a drill: nothing is begun'; return }
$wish = if ($Action -eq 'Follow') { Get-Wish $story } else { $Action }
if (-not $wish) { Send-Progress $NicName 'done' 'it is too early'; return }
$nic = Get-AzNetworkInterface -ResourceGroupName $NicResourceGroup -Name $NicName
$config = $nic.IpConfigurations[0]
$member = @($config.LoadBalancerBackendAddressPools | Where-Object Id -eq $PoolId)[0]
if (($null -ne $member) -eq ($wish -eq 'Restore')) { Send-Progress $NicName 'done' "$wish`: it is as wanted"; return }
if (-not $PSCmdlet.ShouldProcess($NicName, $wish)) { Send-Progress $NicName 'done' 'nothing was changed: -WhatIf'; return }
if ($wish -eq 'Drain') {
    [void]$config.LoadBalancerBackendAddressPools.Remove($member)
} elseif ($config.LoadBalancerBackendAddressPools) {
    [void]$config.LoadBalancerBackendAddressPools.Add((Get-Pool $PoolId))
} else {
    $config.LoadBalancerBackendAddressPools = Get-Pool $PoolId
}
$nic | Set-AzNetworkInterface | Out-Null
Send-Progress $NicName 'done' $wish
