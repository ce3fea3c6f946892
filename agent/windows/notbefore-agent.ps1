<#
.SYNOPSIS
Tells NotBefore what Azure tells this machine: reboots, freezes, evictions, before they happen. PowerShell 5.1.
.DESCRIPTION
Looks at Scheduled Events each second, writes each change to the Application log (source NotBefore) and to a spool,
sends it, tries again what could not be sent, and runs the operator's hooks. It never approves an event unless
NOTBEFORE_APPROVE names its type and every hook has succeeded. Settings come from the environment, else from
agent.conf (NAME=value lines) in the folder NotBefore of ProgramData; docs/agents.md lists them.
.NOTES
The Linux agent's twin, in its order and with its words. Not run by its authors: no Windows was there.
#>
[CmdletBinding()]
param([switch]$Once)
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
[Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12
[Net.WebRequest]::DefaultWebProxy = $null
$Version = '1.0.0'
$ApiVersions = '2020-07-01', '2019-08-01', '2019-04-01', '2019-01-01', '2017-11-01', '2017-08-01'
$Naming = 'name', 'resourceId', 'subscriptionId', 'resourceGroupName', 'location', 'zone', 'vmScaleSetName', 'tagsList', 'vmId'
$HookLimits = @{ scheduled = 300; started = 30; completed = 120; canceled = 120 }
$RefusedForGood = 400, 413, 415, 422
$LongestPause = 10 # seconds; a Preempt gives 30

# --- Settings

$Root = Join-Path $env:ProgramData 'NotBefore'
$Told = @{}
$File = Join-Path $Root 'agent.conf'
if (Test-Path $File) {
    foreach ($line in Get-Content $File) { if ($line -match '^\s*(NOTBEFORE_\w+)=(.*)$') { $Told[$Matches[1]] = $Matches[2].Trim() } }
}
function Get-Setting([string]$Name, [string]$Default) {
    $one = [Environment]::GetEnvironmentVariable("NOTBEFORE_$Name")
    if ($one) { $one } elseif ($Told.ContainsKey("NOTBEFORE_$Name")) { $Told["NOTBEFORE_$Name"] } else { $Default }
}
$Imds = Get-Setting 'IMDS' 'http://169.254.169.254'
$Signals = Get-Setting 'SIGNALS' ''
$Key = Get-Setting 'KEY' ''
$IsGrid = $Signals -match '^https://[^/]+\.eventgrid\.azure\.net'
$Audience = Get-Setting 'TOKEN' $(if ($IsGrid -and -not $Key) { 'https://eventgrid.azure.net' } else { '' })
$Spool = Get-Setting 'SPOOL' (Join-Path $Root 'spool')
$Hooks = Get-Setting 'HOOKS' (Join-Path $Root 'hooks')
$Approve = (Get-Setting 'APPROVE' '') -split '[ ,]+' | Where-Object { $_ }
$Poll = [Math]::Min([Math]::Max([double](Get-Setting 'POLL' '1'), 0.5), $LongestPause)
$Heartbeat = [double](Get-Setting 'HEARTBEAT' '3600')

# --- What it says on the machine

$script:Problems = @{}
function Write-Line([string]$Text, [int]$Id = 1) {
    # 31,839 characters is what an entry of the Event Log takes.
    if ($Text.Length -gt 31000) { $Text = $Text.Substring(0, 31000) }
    try { Write-EventLog -LogName Application -Source NotBefore -EventId $Id -EntryType Information -Message $Text }
    catch { Write-Warning $Text }
}
function Write-Problem([string]$Name, [string]$Text) {
    if ($script:Problems.ContainsKey($Name)) { return }
    $script:Problems[$Name] = $Text
    Write-Line "problem: ${Name}: $Text" 2
}
function Clear-Problem([string]$Name) {
    if ($script:Problems.ContainsKey($Name)) { $script:Problems.Remove($Name); Write-Line "solved: $Name" }
}

# --- The metadata service

$script:Api = 0
$script:Token = @{ Value = ''; Until = [DateTime]::MinValue }
function Get-Status([Management.Automation.ErrorRecord]$Problem) {
    $answer = if ($Problem.Exception -is [Net.WebException]) { $Problem.Exception.Response }
    if ($answer) { [int]$answer.StatusCode } else { 0 }
}
function Get-Metadata([string]$Path, [int]$Wait = 10) {
    (Invoke-WebRequest -UseBasicParsing -Uri "$Imds/metadata/$Path" -Headers @{ Metadata = 'true' } -TimeoutSec $Wait).Content
}
function Get-Document([int]$Wait) {
    # A version that is refused is followed by the next older one.
    while ($true) {
        try { return Get-Metadata "scheduledevents?api-version=$($ApiVersions[$script:Api])" $Wait }
        catch {
            if ((Get-Status $_) -notin 400, 404) { throw }
            $script:Api++
            if ($script:Api -eq $ApiVersions.Count) { $script:Api = 0; throw }
        }
    }
}
function Get-Compute {
    $compute = (Get-Metadata 'instance?api-version=2021-02-01' | ConvertFrom-Json).compute
    $compute | Select-Object @($Naming | Where-Object { $_ -in $compute.PSObject.Properties.Name })
}
function Get-Token {
    # The managed identity's, kept until five minutes before its end.
    if ([DateTime]::UtcNow -ge $script:Token.Until) {
        $path = "identity/oauth2/token?api-version=2018-02-01&resource=$([Uri]::EscapeDataString($Audience))"
        $answer = Get-Metadata $path | ConvertFrom-Json
        $lasts = [Math]::Max([double]$answer.expires_in - 300, 30)
        $script:Token = @{ Value = $answer.access_token; Until = [DateTime]::UtcNow.AddSeconds($lasts) }
    }
    $script:Token.Value
}

# --- The spool

function Save-Text([string]$Path, [string]$Text) {
    [IO.File]::WriteAllText("$Path.part", $Text, (New-Object Text.UTF8Encoding $false))
    Move-Item -Force "$Path.part" $Path
}
function Add-Report([string]$Type, [string]$Id, [hashtable]$Data) {
    $Data.compute = $script:State.compute
    $Data.agent = @{ version = $Version; apiVersion = $ApiVersions[$script:Api]; bootId = $script:Boot }
    $who = if ($script:State.compute) { $script:State.compute.resourceId } else { "urn:notbefore:$env:COMPUTERNAME" }
    $kind = if ($Type -like 'runbook*') { "notbefore.$Type" } else { "notbefore.vm.$Type" }
    $report = [ordered]@{
        specversion = '1.0'; id = $Id; source = [string]$who; type = $kind
        time = [DateTime]::UtcNow.ToString('o'); datacontenttype = 'application/json'; data = $Data
    }
    if ($Type -eq 'heartbeat') { Get-ChildItem $Spool -Filter '*.beat.json' | Remove-Item } # only the newest counts
    $ending = if ($Type -eq 'heartbeat') { 'beat.json' } else { 'json' }
    Save-Text (Join-Path $Spool ('{0:D20}.{1}' -f [DateTime]::UtcNow.Ticks, $ending)) ($report | ConvertTo-Json -Depth 20 -Compress)
}
function Get-Waiting { @(Get-ChildItem $Spool -Filter '*.json' | Where-Object Name -ne 'state.json' | Sort-Object Name) }
function Save-State { Save-Text (Join-Path $Spool 'state.json') ($script:State | ConvertTo-Json -Depth 20 -Compress) }
function Read-State {
    $state = @{ boot = ''; text = ''; events = @(); compute = $null }
    try {
        $known = [IO.File]::ReadAllText((Join-Path $Spool 'state.json')) | ConvertFrom-Json
        foreach ($name in @($state.Keys)) { if ($name -in $known.PSObject.Properties.Name) { $state[$name] = $known.$name } }
    } catch { Write-Verbose 'nothing is known' }
    $state
}

# --- Sending

function Send-Report([string]$Text) {
    $uri, $headers = $Signals, @{}
    if ($IsGrid -and $uri -notmatch 'api-version') { $uri += $(if ($uri -match '\?') { '&' } else { '?' }) + 'api-version=2018-01-01' }
    if ($Key) { $headers[$(if ($IsGrid) { 'aeg-sas-key' } else { 'x-functions-key' })] = $Key }
    if ($Audience) { $headers.Authorization = "Bearer $(Get-Token)" }
    $type = 'application/cloudevents+json; charset=utf-8'
    Invoke-WebRequest -UseBasicParsing -Method Post -Uri $uri -Headers $headers -ContentType $type -TimeoutSec 10 `
        -Body ([Text.Encoding]::UTF8.GetBytes($Text)) | Out-Null
}
function Send-Spool {
    # Oldest first. What has arrived is deleted, what is refused for good or cannot be read set aside.
    if (-not $Signals) { Get-Waiting | Remove-Item; return } # the Event Log has it; there is no other road
    foreach ($file in Get-Waiting) {
        try {
            $report = [IO.File]::ReadAllText($file.FullName) | ConvertFrom-Json
            $age = ([DateTimeOffset]::UtcNow - [DateTimeOffset]$report.time).TotalSeconds
            $rebooted = $report.data.agent.bootId -ne $script:Boot
            if ($rebooted -or $age -gt 60) { $report.data | Add-Member -Force late @{ seconds = [Math]::Round($age); rebooted = $rebooted } }
            $text = $report | ConvertTo-Json -Depth 20 -Compress
        } catch { Move-Aside $file 'cannot be read'; continue }
        try { Send-Report $text }
        catch {
            $status = Get-Status $_
            if ($status -in $RefusedForGood) { Move-Aside $file "the receiver answered $status"; continue }
            if ($status -eq 401) { $script:Token.Until = [DateTime]::MinValue }
            Write-Problem 'sending' $_.Exception.Message
            return
        }
        Remove-Item $file.FullName
        Clear-Problem 'sending'
    }
}
function Move-Aside([IO.FileInfo]$File, [string]$Why) {
    Write-Problem 'spool' "$($File.Name) was set aside: $Why"
    New-Item -ItemType Directory -Force (Join-Path $Spool 'aside') | Out-Null
    Move-Item -Force $File.FullName (Join-Path $Spool "aside\$($File.Name)")
}

# --- Hooks: one after the other, beside the looks

$script:Wishes = New-Object Collections.Queue # of phase, event and the hooks that are left
$script:Running = $null
function Test-Safe([string]$Path) {
    # Only SYSTEM, administrators, the system's installer and this account may write what is run.
    $installer = 'S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464'
    $trusted = 'S-1-5-18', 'S-1-5-32-544', $installer, [Security.Principal.WindowsIdentity]::GetCurrent().User.Value
    $write = [Security.AccessControl.FileSystemRights]'WriteData, AppendData, Delete, ChangePermissions, TakeOwnership'
    $rules = (Get-Acl $Path).GetAccessRules($true, $true, [Security.Principal.SecurityIdentifier])
    $open = $rules | Where-Object { $_.AccessControlType -eq 'Allow' -and $_.IdentityReference.Value -notin $trusted -and ($_.FileSystemRights -band $write) }
    -not $open
}
function Add-Wish([string]$Phase, [object]$Notice) {
    $files = @()
    if (Test-Path $Hooks) { $files = @(Get-ChildItem $Hooks -File | Where-Object Extension -in '.ps1', '.exe', '.cmd', '.bat' | Sort-Object Name) }
    $until = [DateTime]::UtcNow.AddSeconds($HookLimits[$Phase])
    $opens = Get-Opening $Notice
    if ($Phase -eq 'scheduled' -and $opens -and $opens.AddSeconds(-3) -lt $until) { $until = $opens.AddSeconds(-3) }
    $script:Wishes.Enqueue(@{ Phase = $Phase; Event = $Notice; Files = New-Object Collections.Queue (, $files); Until = $until; Good = $true })
}
function Get-Opening([object]$Notice) {
    $text = Get-Part $Notice 'NotBefore'
    try { if ($text) { [DateTimeOffset]::Parse($text, [Globalization.CultureInfo]::InvariantCulture).UtcDateTime } } catch { $null }
}
function Get-Part([object]$Notice, [string]$Name) {
    if ($Name -in $Notice.PSObject.Properties.Name) { [string]$Notice.$Name } else { '' }
}
function Get-Names([object]$Notice) {
    if ('Resources' -in $Notice.PSObject.Properties.Name) { , @($Notice.Resources | ForEach-Object { "$_".TrimStart('_') }) } else { , @() }
}
function Add-Progress([string]$Who, [hashtable]$Wish, [string]$State, [string]$Text) {
    $id = Get-Part $Wish.Event 'EventId'
    $told = @{ runbook = $Who; step = $Wish.Phase; state = $State; text = $Text.Substring(0, [Math]::Min($Text.Length, 4096)); eventId = $id }
    Add-Report 'runbook.progress' "runbook.progress-$id-$($Wish.Phase)-$Who-$([DateTime]::UtcNow.Ticks)" $told
}
function Start-Hook([hashtable]$Wish, [IO.FileInfo]$File) {
    $given, $out = (Join-Path $Spool 'hook.in'), (Join-Path $Spool 'hook.out')
    $Wish.Event | Add-Member -Force phase $Wish.Phase
    Save-Text $given ($Wish.Event | ConvertTo-Json -Depth 10 -Compress)
    $opens = Get-Opening $Wish.Event
    $env:NOTBEFORE_PHASE = $Wish.Phase
    $env:NOTBEFORE_NOTICE = if ($opens) { [string][Math]::Max([Math]::Round(($opens - [DateTime]::UtcNow).TotalSeconds), 0) } else { '' }
    foreach ($name in 'EventId', 'EventType', 'EventStatus', 'NotBefore', 'EventSource', 'DurationInSeconds') {
        [Environment]::SetEnvironmentVariable("NOTBEFORE_$($name.ToUpper())", (Get-Part $Wish.Event $name))
    }
    $how = @{ FilePath = $File.FullName; RedirectStandardInput = $given; RedirectStandardOutput = $out; RedirectStandardError = "$out.err"; NoNewWindow = $true; PassThru = $true }
    if ($File.Extension -eq '.ps1') {
        $how.FilePath = 'powershell.exe'
        $how.ArgumentList = "-NoProfile -ExecutionPolicy Bypass -File ""$($File.FullName)"""
    }
    $process = Start-Process @how
    $null = $process.Handle # without it there is no exit code afterwards
    @{ Process = $process; File = $File; Wish = $Wish; Out = $out; Until = $Wish.Until }
}
function Step-Hooks {
    # Looks after the one that runs, or begins the next. A hook that hangs or floods is ended with all that it started.
    if ($script:Running) {
        $run = $script:Running
        $size = (Get-Item $run.Out).Length
        $why = if ($size -gt 1048576) { 'more output than is allowed' } elseif ([DateTime]::UtcNow -gt $run.Until) { 'not over in time' } else { '' }
        if (-not $run.Process.HasExited -and -not $why) { return }
        if (-not $run.Process.HasExited) { taskkill.exe /T /F /PID $run.Process.Id | Out-Null; $run.Process.WaitForExit(5000) | Out-Null }
        $script:Running = $null
        $state = if ($why) { 'killed' } elseif ($run.Process.ExitCode -eq 0) { 'succeeded' } else { 'failed' }
        $run.Wish.Good = $run.Wish.Good -and $state -eq 'succeeded'
        $text = (Get-Content $run.Out, "$($run.Out).err" -TotalCount 100 -ErrorAction SilentlyContinue) -join "`n"
        Add-Progress "hook $($run.File.Name)" $run.Wish $state "$why $text".Trim()
    }
    if ($script:Wishes.Count -eq 0) { return }
    $wish = $script:Wishes.Peek()
    if ($wish.Files.Count -eq 0) { [void]$script:Wishes.Dequeue(); Approve-Event $wish; return }
    $file = $wish.Files.Dequeue()
    if (-not (Test-Safe $file.FullName) -or -not (Test-Safe $Hooks)) {
        $wish.Good = $false
        Write-Problem "hook $($file.Name)" 'it, or its folder, is writable by others'
        Add-Progress "hook $($file.Name)" $wish 'refused' 'it, or its folder, is writable by others'
        return
    }
    try { $script:Running = Start-Hook $wish $file }
    catch { $wish.Good = $false; Add-Progress "hook $($file.Name)" $wish 'failed' $_.Exception.Message }
}
function Approve-Event([hashtable]$Wish) {
    # Only what the operator named, after good hooks, and only when the event hits nobody else.
    if (-not $Wish.Good -or $Wish.Phase -ne 'scheduled' -or (Get-Part $Wish.Event 'EventType') -notin $Approve) { return }
    if ((Get-Names $Wish.Event).Count -ne 1) { Add-Progress 'approval' $Wish 'refused' 'the event names other machines too'; return }
    $body = @{ StartRequests = @(@{ EventId = $Wish.Event.EventId }) } | ConvertTo-Json -Depth 3 -Compress
    $uri = "$Imds/metadata/scheduledevents?api-version=$($ApiVersions[$script:Api])"
    try {
        Invoke-WebRequest -UseBasicParsing -Method Post -Uri $uri -Headers @{ Metadata = 'true' } -Body $body -TimeoutSec 10 | Out-Null
        Add-Progress 'approval' $Wish 'succeeded' '200'
    } catch { Add-Progress 'approval' $Wish 'failed' $_.Exception.Message }
}

# --- The agent

function Get-Changed([object[]]$Before, [object[]]$Now, [bool]$Rebooted) {
    # Phases that events have entered. Nothing says completed: what had started, or was over with a reboot, is gone then.
    foreach ($one in $Before | Where-Object { $_.EventId -notin @($Now | ForEach-Object EventId) }) {
        $phase = if ($Rebooted -or (Get-Part $one 'EventStatus') -eq 'Started') { 'completed' } else { 'canceled' }
        @{ Phase = $phase; Event = $one }
    }
    foreach ($one in $Now) {
        $known = @($Before | Where-Object EventId -eq $one.EventId)
        $status = Get-Part $one 'EventStatus'
        if ($status -in 'Scheduled', 'Started' -and ($known.Count -eq 0 -or (Get-Part $known[0] 'EventStatus') -ne $status)) {
            @{ Phase = $status.ToLower(); Event = $one }
        }
    }
}
function Receive-Document([string]$Text) {
    if ($Text -eq $script:State.text -and $script:State.boot -eq $script:Boot) { return }
    $document = $Text | ConvertFrom-Json
    if ($document.PSObject.Properties.Name -notcontains 'Events') { throw 'an answer without events' }
    $hash = [BitConverter]::ToString([Security.Cryptography.SHA256]::Create().ComputeHash([Text.Encoding]::UTF8.GetBytes($Text))).Substring(0, 17)
    Add-Report 'scheduled-events' "scheduled-events-$script:Boot-$($document.DocumentIncarnation)-$hash" @{ document = $document }
    $now = @($document.Events | Where-Object { $_ -and (Get-Part $_ 'EventId') })
    $changes = @(Get-Changed @($script:State.events) $now ($script:Rebooted -and $script:State.boot -ne $script:Boot))
    $script:State.text, $script:State.boot, $script:State.events = $Text, $script:Boot, $now
    Save-State
    $me = if ($script:State.compute) { $script:State.compute.name } else { $env:COMPUTERNAME }
    foreach ($change in $changes) {
        if ($me -in (Get-Names $change.Event)) { Add-Wish $change.Phase $change.Event }
        Write-Change $change
    }
}
function Write-Change([hashtable]$Change) {
    # One line of JSON in the Event Log, id 10; how the event ended is said by its status.
    $line = $Change.Event | Select-Object *
    if ($Change.Phase -in 'completed', 'canceled') {
        $line | Add-Member -Force EventStatus ($Change.Phase.Substring(0, 1).ToUpper() + $Change.Phase.Substring(1))
    }
    if ($script:State.compute) {
        $line | Add-Member -Force resourceId $script:State.compute.resourceId
        $line | Add-Member -Force location $script:State.compute.location
    }
    Write-Line ($line | ConvertTo-Json -Depth 10 -Compress) 10
}
function Add-Heartbeat([hashtable]$More = @{}) {
    $told = @{ problems = $script:Problems.Clone(); waiting = (Get-Waiting).Count; bootedAt = $script:BootedAt; every = $Heartbeat } + $More
    Add-Report 'heartbeat' "heartbeat-$script:Boot-$([DateTime]::UtcNow.Ticks)" $told
    $script:Api = 0 # a version that was refused for a moment is tried again
}
function Start-Agent {
    New-Item -ItemType Directory -Force $Spool | Out-Null
    try { $script:Lock = [IO.File]::Open((Join-Path $Spool 'lock'), 'OpenOrCreate', 'ReadWrite', 'None') }
    catch { Write-Warning 'another agent uses this spool'; exit 1 }
    # Windows has no boot id; the time of the boot, to the minute, stands for it.
    $script:BootedAt = (Get-CimInstance Win32_OperatingSystem).LastBootUpTime.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:00Z')
    $script:Boot = "boot-$script:BootedAt"
    $script:State = Read-State
    $script:Rebooted = [bool]$script:State.boot -and $script:State.boot -ne $script:Boot
    $named = Step-Naming
    if ($script:Rebooted) {
        $known = @($script:State.events | Select-Object -Property 'EventId', 'EventType', 'EventStatus')
        Add-Report 'rebooted' "rebooted-$script:Boot" @{ previousBootId = [string]$script:State.boot; bootedAt = $script:BootedAt; known = $known }
    }
    Add-Heartbeat
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $beat, $naming, $wait = $Heartbeat, 60, 130 # the first question switches the service on and may take two minutes
    while ($true) {
        if (-not $named -and $clock.Elapsed.TotalSeconds -ge $naming) {
            $naming = $clock.Elapsed.TotalSeconds + 60
            $named = Step-Naming
            if ($named) { Add-Heartbeat }
        }
        try { Receive-Document (Get-Document $wait); $wait = 10; Clear-Problem 'metadata service' }
        catch { Write-Problem 'metadata service' $_.Exception.Message }
        try { Step-Hooks } catch { Write-Problem 'hooks' $_.Exception.Message }
        try { Send-Spool } catch { Write-Problem 'spool' $_.Exception.Message }
        if ($Once -and $script:Wishes.Count -eq 0) { return }
        $slept = $clock.Elapsed.TotalSeconds
        Start-Sleep -Milliseconds ($Poll * 1000)
        $frozen = $clock.Elapsed.TotalSeconds - $slept - $Poll
        if ($frozen -gt 2) { Add-Heartbeat @{ frozenMs = [Math]::Round($frozen * 1000) } }
        if ($clock.Elapsed.TotalSeconds -ge $beat) { $beat += $Heartbeat; Add-Heartbeat }
    }
}
function Step-Naming {
    try { $script:State.compute = Get-Compute; Clear-Problem 'instance document'; $true }
    catch { Write-Problem 'instance document' $_.Exception.Message; $false }
}
Start-Agent
