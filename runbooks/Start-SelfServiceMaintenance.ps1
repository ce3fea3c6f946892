<#
.SYNOPSIS
Starts self-service maintenance VM by VM inside a window, with a health check between two; stops at the first failure.
.NOTES
Idempotent: a VM that has no maintenance to start is passed over. Not run by its authors: see docs/runbooks.md.
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [object]$WebhookData,
    [Parameter(Mandatory)][string]$SubscriptionId,
    [Parameter(Mandatory)][string]$ResourceGroup,
    [string[]]$Names,
    [Parameter(Mandatory)][DateTime]$NotAfter,
    [string]$HealthUrl,
    [string]$Signals
)
$ErrorActionPreference = 'Stop'
. "$PSScriptRoot\Common.ps1"

function Test-Health([string]$Url) {
    if (-not $Url) { return $true }
    foreach ($try in 1..30) {
        try { if ((Invoke-WebRequest -UseBasicParsing $Url -TimeoutSec 5).StatusCode -eq 200) { return $true } } catch { Write-Verbose $_.Exception.Message }
        Start-Sleep -Seconds 10
    }
    $false
}

Connect-Identity $SubscriptionId
if (-not $Names) { $Names = (Get-AzVM -ResourceGroupName $ResourceGroup).Name }
foreach ($name in $Names) {
    if ([DateTime]::UtcNow -ge $NotAfter.ToUniversalTime()) { Send-Progress $Signals 'self-service' $name 'stopped' 'the window is over'; break }
    $vm = Get-AzVM -ResourceGroupName $ResourceGroup -Name $name -Status
    $redeploy = $vm.MaintenanceRedeployStatus
    if (-not $redeploy -or -not $redeploy.IsCustomerInitiatedMaintenanceAllowed) { Send-Progress $Signals 'self-service' $name 'skipped' 'nothing to start'; continue }
    if (-not $PSCmdlet.ShouldProcess($name, 'performMaintenance')) { continue }
    try {
        Restart-AzVM -ResourceGroupName $ResourceGroup -Name $name -PerformMaintenance | Out-Null
        if (-not (Test-Health $HealthUrl)) { throw 'it is not healthy afterwards' }
        Send-Progress $Signals 'self-service' $name 'succeeded'
    } catch {
        Send-Progress $Signals 'self-service' $name 'failed' $_.Exception.Message
        throw
    }
}
Send-Progress $Signals 'self-service' 'job' 'done'
