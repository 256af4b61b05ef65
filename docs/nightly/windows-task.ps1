# Registers a task of the Windows Task Scheduler that runs the plan every night. Run once, in the folder of the clone.
$action = New-ScheduledTaskAction -Execute 'powershell.exe' -Argument '-NoProfile -ExecutionPolicy Bypass -File run-eval.ps1 nightly docs\nightly\plan.yaml --quiet' -WorkingDirectory (Get-Location).Path
$trigger = New-ScheduledTaskTrigger -Daily -At 01:00
$settings = New-ScheduledTaskSettingsSet -StartWhenAvailable -MultipleInstances IgnoreNew -ExecutionTimeLimit (New-TimeSpan -Hours 20)
Register-ScheduledTask -TaskName 'EvalHarness nightly' -Action $action -Trigger $trigger -Settings $settings -Force
