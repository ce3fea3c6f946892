<#
.SYNOPSIS
Tells NotBefore what Azure tells this machine: reboots, freezes, evictions, before they happen. PowerShell 5.1.
.DESCRIPTION
Looks at Scheduled Events each second, writes each change to the Application log (source NotBefore) and to a spool,
sends it, and tries again what could not be sent. It runs no hooks and never approves an event.
Run it as a scheduled task at start-up, as LOCAL SERVICE: see docs/agents.md.
#>
[CmdletBinding()]
param(
    [string]$Imds = $(if ($env:NOTBEFORE_IMDS) { $env:NOTBEFORE_IMDS } else { 'http://169.254.169.254' }),
    [string]$Signals = $env:NOTBEFORE_SIGNALS,
    [string]$Key = $env:NOTBEFORE_KEY,
    [string]$Spool = $(if ($env:NOTBEFORE_SPOOL) { $env:NOTBEFORE_SPOOL } else { "$env:ProgramData\NotBefore" }),
    [int]$Poll = $(if ($env:NOTBEFORE_POLL) { $env:NOTBEFORE_POLL } else { 1 }),
    [int]$Heartbeat = 3600,
    [switch]$Once
)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
[Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12
[Net.WebRequest]::DefaultWebProxy = $null
$Version = '1.0.0'
$ApiVersions = '2020-07-01', '2019-08-01', '2019-04-01', '2019-01-01', '2017-11-01', '2017-08-01'
$Naming = 'name', 'resourceId', 'subscriptionId', 'resourceGroupName', 'location', 'zone', 'vmScaleSetName', 'tagsList'
$script:Api = 0
$script:Said = @{}

function Write-Line([string]$Text, [int]$Id = 1) {
    # 31,839 characters is what an entry of the Event Log takes.
    if ($Text.Length -gt 31000) { $Text = $Text.Substring(0, 31000) }
    try { Write-EventLog -LogName Application -Source NotBefore -EventId $Id -EntryType Information -Message $Text } catch { Write-Warning $Text }
}
function Write-Problem([string]$Name, [string]$Text) {
    if (-not $script:Said.ContainsKey($Name)) { $script:Said[$Name] = $Text; Write-Line "problem: ${Name}: $Text" 2 }
}
function Get-Metadata([string]$Path, [int]$Wait = 10) {
    (Invoke-WebRequest -UseBasicParsing -Uri "$Imds/metadata/$Path" -Headers @{ Metadata = 'true' } -TimeoutSec $Wait).Content
}
function Get-Document([int]$Wait) {
    while ($true) {
        try { return Get-Metadata "scheduledevents?api-version=$($ApiVersions[$script:Api])" $Wait }
        catch [Net.WebException] {
            $status = if ($_.Exception.Response) { [int]$_.Exception.Response.StatusCode } else { 0 }
            if ($status -notin 400, 404) { throw }
            $script:Api++
            if ($script:Api -eq $ApiVersions.Count) { $script:Api = 0; throw }
        }
    }
}
function Get-BootId {
    # Windows has no boot id; the time of the boot, to the minute, stands for it.
    (Get-CimInstance Win32_OperatingSystem).LastBootUpTime.ToUniversalTime().ToString('yyyy-MM-ddTHH:mmZ')
}
function Add-Report([string]$Type, [string]$Id, [hashtable]$Data) {
    $Data.compute = $script:Compute
    $Data.agent = @{ version = $Version; apiVersion = $ApiVersions[$script:Api]; bootId = $script:Boot }
    $event = [ordered]@{
        specversion = '1.0'; id = $Id; source = [string]$script:Compute.resourceId; type = "notbefore.vm.$Type"
        time = [DateTime]::UtcNow.ToString('o'); datacontenttype = 'application/json'; data = $Data
    }
    $name = '{0:D20}.json' -f [DateTime]::UtcNow.Ticks
    $path = Join-Path $Spool $name
    $event | ConvertTo-Json -Depth 20 -Compress | Set-Content -Encoding UTF8 -Path "$path.part"
    Move-Item -Force "$path.part" $path
}
function Send-Spool {
    if (-not $Signals) { return }
    foreach ($file in Get-ChildItem $Spool -Filter '*.json' | Where-Object Name -ne 'state.json' | Sort-Object Name) {
        $text = [IO.File]::ReadAllText($file.FullName)
        $event = $text | ConvertFrom-Json
        if ($event.data.agent.bootId -ne $script:Boot) {
            $event.data | Add-Member -Force late @{ rebooted = $true }
            $text = $event | ConvertTo-Json -Depth 20 -Compress
        }
        $headers = @{}
        if ($Key) { $headers['x-functions-key'] = $Key }
        $body = [Text.Encoding]::UTF8.GetBytes($text)
        try {
            Invoke-WebRequest -UseBasicParsing -Method Post -Uri $Signals -Headers $headers -Body $body `
                -ContentType 'application/cloudevents+json; charset=utf-8' -TimeoutSec 10 | Out-Null
        } catch { Write-Problem 'sending' $_.Exception.Message; return }
        Remove-Item $file.FullName
        $script:Said.Remove('sending')
    }
}
function Read-State { try { Get-Content -Raw (Join-Path $Spool 'state.json') | ConvertFrom-Json } catch { $null } }
function Save-State([string]$Document) {
    @{ boot = $script:Boot; document = $Document } | ConvertTo-Json | Set-Content -Encoding UTF8 (Join-Path $Spool 'state.json')
}
function Start-Agent {
    New-Item -ItemType Directory -Force $Spool | Out-Null
    $script:Boot = Get-BootId
    $compute = (Get-Metadata 'instance?api-version=2021-02-01' | ConvertFrom-Json).compute
    $script:Compute = $compute | Select-Object $Naming
    $known = Read-State
    $last = if ($known) { [string]$known.document } else { '' }
    if ($known -and $known.boot -ne $script:Boot) {
        Add-Report 'rebooted' "rebooted-$script:Boot" @{ previousBootId = [string]$known.boot }
        $last = ''
    }
    $beat = [DateTime]::MinValue
    $wait = 130 # the first question of all switches the service on and may take two minutes
    do {
        try {
            if (([DateTime]::UtcNow - $beat).TotalSeconds -ge $Heartbeat) {
                $beat = [DateTime]::UtcNow
                Add-Report 'heartbeat' ("heartbeat-" + $beat.Ticks) @{ problems = $script:Said.Clone() }
            }
            $text = Get-Document $wait
            $wait = 10
            if ($text -ne $last) {
                $document = $text | ConvertFrom-Json
                if ($document.PSObject.Properties.Name -notcontains 'Events') { throw 'an answer without events' }
                Add-Report 'scheduled-events' "$script:Boot-$($document.DocumentIncarnation)-$($text.GetHashCode())" @{ document = $document }
                foreach ($one in $document.Events) { Write-Line ($one | ConvertTo-Json -Compress) 10 }
                Save-State $text
                $last = $text
            }
            $script:Said.Remove('metadata service')
        } catch { Write-Problem 'metadata service' $_.Exception.Message }
        try { Send-Spool } catch { Write-Problem 'spool' $_.Exception.Message }
        if (-not $Once) { Start-Sleep -Seconds ([Math]::Min([Math]::Max($Poll, 1), 10)) }
    } until ($Once)
}
Start-Agent
