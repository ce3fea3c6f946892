<#
.SYNOPSIS
Installs the agent as a task that runs from the start of the machine, or replaces an older one. Run as administrator:
  powershell -ExecutionPolicy Bypass -File install.ps1 URL [KEY]
.DESCRIPTION
URL is where to send: https://APP.azurewebsites.net/signals, or an Event Grid topic's /api/events. Without KEY the
machine's managed identity speaks (Event Grid), or the URL carries its own ?code=. The agent is taken from beside this
file, else from the app.
.NOTES
Not run by its authors: no Windows was there.
#>
[CmdletBinding()]
param([Parameter(Mandatory)][string]$Url, [string]$Key)
$ErrorActionPreference = 'Stop'
$program, $root = (Join-Path $env:ProgramFiles 'NotBefore'), (Join-Path $env:ProgramData 'NotBefore')
New-Item -ItemType Directory -Force $program, $root | Out-Null
Stop-ScheduledTask -TaskName NotBefore -ErrorAction SilentlyContinue
$beside = Join-Path $PSScriptRoot 'notbefore-agent.ps1'
if (Test-Path $beside) { Copy-Item -Force $beside $program }
elseif ($Url -notmatch '^(https://[^?]+)/signals') { throw 'notbefore-agent.ps1 is not beside this file' }
else {
    [Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12
    Invoke-WebRequest -UseBasicParsing -Uri "$($Matches[1])/agent/notbefore-agent.ps1" -OutFile (Join-Path $program 'notbefore-agent.ps1')
}
if (-not [Diagnostics.EventLog]::SourceExists('NotBefore')) { New-EventLog -LogName Application -Source NotBefore }

# SYSTEM, administrators and the agent's account (LOCAL SERVICE) only: the settings hold the key, the hooks are run.
icacls.exe $root /inheritance:r /grant '*S-1-5-18:(OI)(CI)F' '*S-1-5-32-544:(OI)(CI)F' '*S-1-5-19:(OI)(CI)M' | Out-Null

# The operator's own lines are kept; only where to send is replaced.
$file = Join-Path $root 'agent.conf'
$lines = @(if (Test-Path $file) { Get-Content $file | Where-Object { $_ -notmatch '^NOTBEFORE_(SIGNALS|KEY)=' } })
$lines += "NOTBEFORE_SIGNALS=$Url"
if ($Key) { $lines += "NOTBEFORE_KEY=$Key" }
Set-Content -Path $file -Value $lines

$run = @{ Execute = 'powershell.exe'; Argument = "-NoProfile -ExecutionPolicy Bypass -File ""$program\notbefore-agent.ps1""" }
$task = @{
    TaskName = 'NotBefore'
    Action = New-ScheduledTaskAction @run
    Trigger = New-ScheduledTaskTrigger -AtStartup
    Principal = New-ScheduledTaskPrincipal -UserId 'NT AUTHORITY\LOCAL SERVICE' -LogonType ServiceAccount
    # Without these a task ends after three days, and does not come back after a crash.
    Settings = New-ScheduledTaskSettingsSet -ExecutionTimeLimit 0 -RestartCount 999 -RestartInterval (New-TimeSpan -Minutes 1) -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries
}
Register-ScheduledTask -Force @task | Out-Null
Start-ScheduledTask -TaskName NotBefore
Write-Output 'the agent is installed; its heartbeat is on the board within a minute'
