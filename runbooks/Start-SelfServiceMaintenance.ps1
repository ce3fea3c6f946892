<#
.SYNOPSIS
Starts self-service maintenance VM by VM inside a window, with a health check between two; stops at the first failure.
.DESCRIPTION
The window is -NotBefore to -NotAfter, else the story's self-service window; without one nothing is started. The VMs are
-Names, else the story's in the resource group, else all of the group.
.NOTES
Idempotent: a VM that has no maintenance to start is passed over. Not run by its authors: see docs/runbooks.md.
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [object]$WebhookData,
    [Parameter(Mandatory)][string]$SubscriptionId,
    [Parameter(Mandatory)][string]$ResourceGroup,
    [string[]]$Names,
    [string]$NotBefore,
    [string]$NotAfter,
    [string]$HealthUrl,
    [string]$Signals
)
$ErrorActionPreference = 'Stop'
. "$PSScriptRoot\Common.ps1"
trap { Send-Progress $script:Step 'failed' $_.Exception.Message; break }

function Test-Health([string]$Url) {
    if (-not $Url) { return $true }
    foreach ($try in 1..30) {
        try { if ((Invoke-WebRequest -UseBasicParsing $Url -TimeoutSec 5).StatusCode -eq 200) { return $true } }
        catch { Write-Verbose $_.Exception.Message }
        Start-Sleep -Seconds 10
    }
    $false
}
function Get-Maintenance([string]$Name) { (Get-AzVM -ResourceGroupName $ResourceGroup -Name $Name -Status).MaintenanceRedeployStatus }
function ConvertTo-Time([string]$Text) { if ($Text) { [DateTimeOffset]::Parse($Text, [Globalization.CultureInfo]::InvariantCulture) } }

$script:Step = 'window'
$story = Start-Work 'self-service' $WebhookData $SubscriptionId $Signals
if ($story.test) { Send-Progress 'window' 'done' 'a drill: nothing is begun'; return }
if (Test-Over $story) { Send-Progress 'window' 'done' 'the maintenance is over'; return }
if (-not $NotBefore -and $story) { $NotBefore = $story.self_service_window.start }
if (-not $NotAfter -and $story) { $NotAfter = $story.self_service_window.end }
$opens, $closes = (ConvertTo-Time $NotBefore), (ConvertTo-Time $NotAfter)
if (-not $closes) { Send-Progress 'window' 'done' 'nobody says until when it may be started'; return }
if ($opens -and [DateTimeOffset]::UtcNow -lt $opens) { Send-Progress 'window' 'done' "it opens at $NotBefore"; return }

if (-not $Names) { $Names = @(Get-Target $story $SubscriptionId $ResourceGroup) }
if (-not $Names) { $Names = @((Get-AzVM -ResourceGroupName $ResourceGroup).Name) }
foreach ($name in $Names) {
    $script:Step = $name
    if ([DateTimeOffset]::UtcNow -ge $closes) { throw 'the window is over; it and those after it were not started' }
    $before = Get-Maintenance $name
    if (-not $before -or -not $before.IsCustomerInitiatedMaintenanceAllowed) { Send-Progress $name 'skipped' 'nothing to start'; continue }
    if (-not $PSCmdlet.ShouldProcess($name, 'performMaintenance')) { continue }
    Restart-AzVM -ResourceGroupName $ResourceGroup -Name $name -PerformMaintenance | Out-Null
    $after = Get-Maintenance $name
    if ($after -and "$($after.LastOperationResultCode)" -in 'RetryLater', 'MaintenanceAborted') { throw "Azure says $($after.LastOperationResultCode)" }
    if (-not (Test-Health $HealthUrl)) { throw 'it is not healthy afterwards; those after it were not started' }
    Send-Progress $name 'succeeded'
}
Send-Progress 'job' 'done'
