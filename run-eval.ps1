# Builds EvalHarness if something changed since the last build, and passes all arguments on to it. run-eval.sh does the same.
#   ./run-eval.ps1 run --model DIR --tasks mmlu,gsm8k    any command of the program (see: ./run-eval.ps1 --help)
#   ./run-eval.ps1 test                                  the whole test suite; further arguments go to 'dotnet test'
# It builds for the device that --device names: cpu (the default), cuda or directml.
$root = $PSScriptRoot
$artifacts = Join-Path $root 'artifacts'

# The program names itself in its messages as it was started.
$name = $MyInvocation.InvocationName
$env:EVALHARNESS_COMMAND = if ($name -in '', '&', '.') { $PSCommandPath } else { $name }
$env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'
$env:DOTNET_NOLOGO = '1'

function Fail($message) {
    [Console]::Error.WriteLine("error: $message")
    exit 8
}

if (-not (Get-Command dotnet -ErrorAction SilentlyContinue)) { Fail 'dotnet is not on the PATH; install the .NET 10 SDK' }

# What was typed, which PowerShell hands over otherwise: a,b as two values, -p:x as two arguments, and the first bare -- not at all.
$arguments = @()
$half = $false
foreach ($value in $args) {
    if ($value -is [array]) { $value = $value -join ',' }
    if ($half) { $arguments[-1] = "$($arguments[-1])$value" } else { $arguments += , $value }
    $half = $null -ne $value -and $value.PSObject.Properties['<CommandParameterName>'] -and "$value".EndsWith(':')
}
$typed = [Management.Automation.Language.Parser]::ParseInput("$($MyInvocation.Statement)", [ref]$null, [ref]$null)
$call = $typed.Find({ param($part) $part -is [Management.Automation.Language.CommandAst] }, $true)
$words = @(if ($call) { $call.CommandElements | ForEach-Object { $_.Extent.Text } })
$dashes = [Array]::IndexOf($words, '--')
if ($dashes -ge 0) {
    $before = $arguments.Count - ($words.Count - $dashes - 1)
    $arguments = @($arguments | Select-Object -First $before) + '--' + @($arguments | Select-Object -Skip $before)
}

$device = 'cpu'
for ($i = 0; $i -lt $arguments.Count; $i++) {
    if ($arguments[$i] -eq '--device' -and $i + 1 -lt $arguments.Count) { $device = $arguments[$i + 1] }
    if ("$($arguments[$i])".StartsWith('--device=')) { $device = "$($arguments[$i])".Substring(9) }
}
if ($device -notin 'cpu', 'cuda', 'directml') { $device = 'cpu' } # the program itself says what is wrong with it
$env:Device = $device

if ($arguments.Count -gt 0 -and $arguments[0] -eq 'test') {
    $arguments = @($arguments | Select-Object -Skip 1)
    & dotnet test (Join-Path $root 'EvalHarness.sln') -c Release @arguments
    exit $LASTEXITCODE
}

$program = Join-Path $artifacts 'bin/EvalHarness.Cli/release/evalharness.dll'
$built = Join-Path $artifacts 'built' # holds the device; as old as the start of the last build

function Test-UpToDate {
    if (-not (Test-Path $program) -or -not (Test-Path $built) -or (Get-Content $built) -ne $device) { return $false }
    $time = (Get-Item $built).LastWriteTimeUtc
    $sources = 'src', 'datasets/*.yaml', 'datasets/evalharness', 'Directory.*', 'global.json', 'nuget.config', 'NuGet.Config' | ForEach-Object { Join-Path $root $_ }
    foreach ($item in Get-Item $sources -ErrorAction SilentlyContinue | Get-ChildItem -Recurse) {
        if ($item.LastWriteTimeUtc -gt $time -and -not $item.FullName.Contains('node_modules')) { return $false }
    }
    return $true
}

if (-not (Test-UpToDate)) {
    [Console]::Error.WriteLine("building for $device ...")
    New-Item -ItemType Directory -Force $artifacts | Out-Null
    Set-Content -Path "$built.new" -Value $device
    $log = (& dotnet build (Join-Path $root 'src/EvalHarness.Cli') -c Release -v quiet '-clp:NoSummary' 2>&1 | Out-String)
    if ($LASTEXITCODE -ne 0) {
        [Console]::Error.WriteLine($log)
        Fail 'the build failed (lines above)'
    }
    Move-Item -Force "$built.new" $built
}

if ($MyInvocation.ExpectingInput) { $input | & dotnet $program @arguments } else { & dotnet $program @arguments }
exit $LASTEXITCODE
