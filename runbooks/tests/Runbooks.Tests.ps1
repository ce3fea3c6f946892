# Pester 5. Invoke-Pester runbooks/tests. Not run by the authors: no PowerShell was there.
BeforeAll {
    $here = Split-Path $PSScriptRoot
    function global:Disable-AzContextAutosave { }
    function global:Connect-AzAccount { }
    function global:Set-AzContext { }
    $vm = @{ SubscriptionId = 's'; ResourceGroup = 'g' }
}
Describe 'Every runbook' {
    It 'parses: <_>' -ForEach (Get-ChildItem (Split-Path $PSScriptRoot) -Filter *.ps1).FullName {
        $problems = $null
        [Management.Automation.Language.Parser]::ParseFile($_, [ref]$null, [ref]$problems) | Out-Null
        $problems | Should -BeNullOrEmpty
    }
}
Describe 'Start-SelfServiceMaintenance' {
    BeforeEach {
        $global:Restarted = @()
        function global:Get-AzVM { @{ MaintenanceRedeployStatus = @{ IsCustomerInitiatedMaintenanceAllowed = $true } } }
        function global:Restart-AzVM { param($ResourceGroupName, $Name, [switch]$PerformMaintenance) $global:Restarted += $Name; if ($Name -eq 'bad') { throw 'no' } }
    }
    It 'goes VM by VM' {
        & "$here/Start-SelfServiceMaintenance.ps1" @vm -Names a, b -NotAfter ([DateTime]::UtcNow.AddHours(1))
        $global:Restarted | Should -Be 'a', 'b'
    }
    It 'stops at the first failure' {
        { & "$here/Start-SelfServiceMaintenance.ps1" @vm -Names bad, b -NotAfter ([DateTime]::UtcNow.AddHours(1)) } | Should -Throw
        $global:Restarted | Should -Be 'bad'
    }
    It 'starts nothing with -WhatIf' {
        & "$here/Start-SelfServiceMaintenance.ps1" @vm -Names a -NotAfter ([DateTime]::UtcNow.AddHours(1)) -WhatIf
        $global:Restarted | Should -BeNullOrEmpty
    }
    It 'starts nothing after the window' {
        & "$here/Start-SelfServiceMaintenance.ps1" @vm -Names a -NotAfter ([DateTime]::UtcNow.AddHours(-1))
        $global:Restarted | Should -BeNullOrEmpty
    }
}
Describe 'Set-BackendPoolMember' {
    BeforeEach {
        $global:Saved = 0
        function global:Get-AzNetworkInterface { @{ IpConfigurations = @(@{ LoadBalancerBackendAddressPools = @(@{ Id = 'pool' }) }) } }
        function global:Set-AzNetworkInterface { $global:Saved++ }
        $nic = @{ SubscriptionId = 's'; NicResourceGroup = 'g'; NicName = 'n'; PoolId = 'pool' }
    }
    It 'drains a member' { & "$here/Set-BackendPoolMember.ps1" @nic -Action Drain; $global:Saved | Should -Be 1 }
    It 'leaves one alone that is as wanted' { & "$here/Set-BackendPoolMember.ps1" @nic -Action Restore; $global:Saved | Should -Be 0 }
    It 'changes nothing with -WhatIf' { & "$here/Set-BackendPoolMember.ps1" @nic -Action Drain -WhatIf; $global:Saved | Should -Be 0 }
}
Describe 'Set-ScaleSetUpgrade' {
    BeforeEach {
        $global:Did = @()
        function global:Get-AzVmss { @{ Id = 'set' } }
        function global:Get-AzVmssRollingUpgrade { @{ RunningStatus = @{ Code = 'RollingForward' } } }
        function global:Stop-AzVmssRollingUpgrade { param([switch]$Force) $global:Did += 'stop' }
        function global:Update-AzVmss { $global:Did += 'off' }
        function global:Start-AzVmssRollingOSUpgrade { $global:Did += 'start' }
    }
    It 'pauses what runs' { & "$here/Set-ScaleSetUpgrade.ps1" @vm -Name set -Action Pause; $global:Did | Should -Be 'stop', 'off' }
    It 'does not start what runs' { & "$here/Set-ScaleSetUpgrade.ps1" @vm -Name set -Action Start; $global:Did | Should -BeNullOrEmpty }
}
