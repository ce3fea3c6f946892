# Pester 5: Invoke-Pester runbooks/tests. Nothing of Azure is asked: its commands are stood in for.
# Not run by the authors: no PowerShell was there.
BeforeAll {
    $here = Split-Path $PSScriptRoot
    function global:Disable-AzContextAutosave { }
    function global:Connect-AzAccount { }
    function global:Set-AzContext { }
    function global:Invoke-RestMethod {
        param($Method, $Uri, $ContentType, $Body)
        $global:Told += ([Text.Encoding]::UTF8.GetString($Body) | ConvertFrom-Json).data
    }
    $group = '/subscriptions/s/resourcegroups/g/providers/microsoft.compute/virtualmachines'
    function global:New-News {
        # What the runbook channel posts: a CloudEvent of which the runbook gets the text.
        param([hashtable]$Story)
        $text = @{ id = 'd-1'; subject = 'st-1'; data = @{ story = $Story } } | ConvertTo-Json -Depth 8
        [pscustomobject]@{ RequestBody = $text }
    }
    $soon = [DateTimeOffset]::UtcNow.AddHours(1).ToString('o')
    $past = [DateTimeOffset]::UtcNow.AddHours(-1).ToString('o')
    $vm = @{ SubscriptionId = 's'; ResourceGroup = 'g'; Signals = 'https://example.com' }
}
BeforeEach { $global:Told = @(); $global:Did = @() }

Describe 'Every runbook' {
    It 'parses: <_>' -ForEach (Get-ChildItem (Split-Path $PSScriptRoot) -Filter *.ps1).FullName {
        $problems = $null
        [Management.Automation.Language.Parser]::ParseFile($_, [ref]$null, [ref]$problems) | Out-Null
        $problems | Should -BeNullOrEmpty
    }
}
Describe 'Start-SelfServiceMaintenance' {
    BeforeAll {
        function global:Get-AzVM {
            param($ResourceGroupName, $Name, [switch]$Status)
            @{ Name = 'all'; MaintenanceRedeployStatus = @{ IsCustomerInitiatedMaintenanceAllowed = ($Name -ne 'idle') } }
        }
        function global:Restart-AzVM {
            param($ResourceGroupName, $Name, [switch]$PerformMaintenance)
            $global:Did += $Name
            if ($Name -eq 'bad') { throw 'no' }
        }
        $path = "$here/Start-SelfServiceMaintenance.ps1"
    }
    It 'goes VM by VM and tells each' {
        & $path @vm -Names @('a', 'idle', 'b') -NotAfter $soon
        $global:Did | Should -Be @('a', 'b')
        $global:Told.state | Should -Be @('succeeded', 'skipped', 'succeeded', 'done')
    }
    It 'stops at the first failure' {
        { & $path @vm -Names @('bad', 'b') -NotAfter $soon } | Should -Throw
        $global:Did | Should -Be 'bad'
        $global:Told[-1].state | Should -Be 'failed'
    }
    It 'starts nothing with -WhatIf' {
        & $path @vm -Names 'a' -NotAfter $soon -WhatIf
        $global:Did | Should -BeNullOrEmpty
    }
    It 'starts nothing outside the window, or without one' {
        { & $path @vm -Names 'a' -NotAfter $past } | Should -Throw
        & $path @vm -Names 'a' -NotBefore $soon -NotAfter $soon
        & $path @vm -Names 'a'
        $global:Did | Should -BeNullOrEmpty
    }
    It 'takes window and machines from the story, of its own group only' {
        $machines = @(@{ id = "$group/a" }, @{ id = '/subscriptions/s/resourcegroups/other/providers/microsoft.compute/virtualmachines/b' })
        $news = New-News @{ phase = 'announced'; self_service_window = @{ start = $past; end = $soon }; resources = $machines }
        & $path @vm -WebhookData $news
        $global:Did | Should -Be 'a'
        $global:Told[0].story | Should -Be 'st-1'
        $global:Told[0].delivery | Should -Be 'd-1'
    }
    It 'starts nothing at the news of the end' {
        & $path @vm -Names 'a' -NotAfter $soon -WebhookData (New-News @{ phase = 'completed' })
        $global:Did | Should -BeNullOrEmpty
    }
}
Describe 'Set-BackendPoolMember' {
    BeforeEach {
        $pool = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/loadBalancers/lb/backendAddressPools/p'
        $global:Pools = [Collections.ArrayList]@(@{ Id = $pool })
        function global:Get-AzNetworkInterface { @{ IpConfigurations = @(@{ LoadBalancerBackendAddressPools = $global:Pools }) } }
        function global:Set-AzNetworkInterface { $global:Did += 'set' }
        $nic = @{ SubscriptionId = 's'; NicResourceGroup = 'g'; NicName = 'n'; PoolId = $pool }
        $path = "$here/Set-BackendPoolMember.ps1"
    }
    It 'drains a member' {
        & $path @nic -Action Drain
        $global:Did | Should -Be 'set'
        $global:Pools.Count | Should -Be 0
    }
    It 'leaves one alone that is as wanted' {
        & $path @nic -Action Restore
        $global:Did | Should -BeNullOrEmpty
    }
    It 'changes nothing with -WhatIf' {
        & $path @nic -Action Drain -WhatIf
        $global:Did | Should -BeNullOrEmpty
    }
    It 'follows the story: not days ahead, but when it begins' {
        & $path @nic -WebhookData (New-News @{ phase = 'scheduled'; window = @{ not_before = [DateTimeOffset]::UtcNow.AddDays(3).ToString('o') } })
        $global:Did | Should -BeNullOrEmpty
        & $path @nic -WebhookData (New-News @{ phase = 'started'; window = @{ not_before = $past } })
        $global:Did | Should -Be 'set'
    }
    It 'does nothing in a drill, and says so' {
        & $path @nic -WebhookData (New-News @{ test = $true; phase = 'started'; window = @{ not_before = $past } })
        $global:Did | Should -BeNullOrEmpty
        $global:Told[-1].state | Should -Be 'done'
    }
}
Describe 'Approve-ScheduledEvent' {
    BeforeAll {
        function global:Get-AzVM { @{ StorageProfile = @{ OsDisk = @{ OsType = 'Linux' } } } }
        function global:Invoke-AzVMRunCommand {
            param($ResourceGroupName, $VMName, $CommandId, $ScriptString)
            $global:Did += $ScriptString
            @{ Value = @(@{ Message = "[stdout]`napproved`n" }) }
        }
        $id = 'C7061BAC-AFDC-4513-B24B-AA5F13A16123'
        $path = "$here/Approve-ScheduledEvent.ps1"
    }
    It 'approves the event of the story and says which' {
        & $path @vm -Name 'a' -WebhookData (New-News @{ phase = 'scheduled'; keys = @{ event_id = @($id) } })
        $global:Did | Should -Match $id
        $global:Told[0].eventId | Should -Be $id
    }
    It 'approves nothing that is no single id, that has begun, or with -WhatIf' {
        & $path @vm -Name 'a' -EventId "x'; reboot; '"
        & $path @vm -Name 'a' -WebhookData (New-News @{ phase = 'scheduled'; keys = @{ event_id = @($id, $id) } })
        & $path @vm -Name 'a' -WebhookData (New-News @{ phase = 'started'; keys = @{ event_id = @($id) } })
        & $path @vm -Name 'a' -EventId $id -WhatIf
        $global:Did | Should -BeNullOrEmpty
    }
}
Describe 'Start-Redeploy' {
    BeforeAll {
        function global:Get-AzVM {
            param($ResourceGroupName, $Name)
            @{ Id = "/vm/$Name" }
        }
        function global:Get-AzActivityLog {
            param($ResourceId, $StartTime, $Status)
            if ($ResourceId -eq '/vm/done') { @{ OperationName = 'Redeploy Virtual Machine' } }
        }
        function global:Set-AzVM {
            param([switch]$Redeploy, $ResourceGroupName, $Name)
            $global:Did += $Name
        }
        $path = "$here/Start-Redeploy.ps1"
    }
    It 'redeploys once' {
        & $path @vm -Names @('a', 'done')
        $global:Did | Should -Be 'a'
    }
    It 'redeploys nothing with -WhatIf, and nothing when the story is over' {
        & $path @vm -Names 'a' -WhatIf
        & $path @vm -Names 'a' -WebhookData (New-News @{ phase = 'canceled' })
        $global:Did | Should -BeNullOrEmpty
    }
}
Describe 'Set-ScaleSetUpgrade' {
    BeforeEach {
        $global:Runs = $true
        function global:Get-AzVmss { @{ UpgradePolicy = @{ AutomaticOSUpgradePolicy = @{ EnableAutomaticOSUpgrade = $global:Runs } } } }
        function global:Get-AzVmssRollingUpgrade { @{ RunningStatus = @{ Code = $(if ($global:Runs) { 'RollingForward' } else { 'Completed' }) } } }
        function global:Stop-AzVmssRollingUpgrade { $global:Did += 'stop' }
        function global:Update-AzVmss { $global:Did += 'automatic' }
        function global:Start-AzVmssRollingOSUpgrade { $global:Did += 'start' }
        $path = "$here/Set-ScaleSetUpgrade.ps1"
    }
    It 'pauses what runs, and nothing twice' {
        & $path @vm -Name 'set' -Action Pause
        $global:Did | Should -Be @('automatic', 'stop')
        $global:Runs = $false
        & $path @vm -Name 'set' -Action Pause
        $global:Did.Count | Should -Be 2
    }
    It 'starts what does not run' {
        & $path @vm -Name 'set' -Action Start
        $global:Did | Should -BeNullOrEmpty
        $global:Runs = $false
        & $path @vm -Name 'set' -Action Start
        $global:Did | Should -Be 'start'
    }
    It 'changes nothing with -WhatIf' {
        & $path @vm -Name 'set' -Action Pause -WhatIf
        $global:Did | Should -BeNullOrEmpty
    }
}
