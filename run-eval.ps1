# Builds EvalHarness where needed and passes all arguments on to it. The twin of run-eval.sh: same steps, same messages.
#   ./run-eval.ps1 run --model DIR --tasks mmlu,gsm8k    any command of the program (see: ./run-eval.ps1 --help)
#   ./run-eval.ps1 test                                  the whole test suite; further arguments go to 'dotnet test'
# 1. If nothing changed since the last build, the program starts at once.
# 2. Else the package feed is asked for Parquet.Net and Microsoft.ML.OnnxRuntimeGenAI. Only "not found" leads to the
#    stand-ins of src/Compat, whose libraries come from npm; a network failure is reported as one.
# 3. One build, for the device that --device names (cpu, cuda, directml).
# PackageRoute=nuget or npm in the environment skips the question.
$root = $PSScriptRoot
$artifacts = Join-Path $root 'artifacts'

# Read by native libraries when they are loaded: nothing is recorded and nothing is sent.
$env:ORT_DISABLE_TELEMETRY = '1'
$env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'
$env:DOTNET_NOLOGO = '1'

function Fail($message) {
    [Console]::Error.WriteLine("error: $message")
    exit 8
}

function Say($message) {
    [Console]::Error.WriteLine($message)
}

$device = 'cpu'
for ($i = 0; $i -lt $args.Count; $i++) {
    if ($args[$i] -eq '--device' -and $i + 1 -lt $args.Count) { $device = $args[$i + 1] }
    if ("$($args[$i])".StartsWith('--device=')) { $device = "$($args[$i])".Substring(9) }
}
if ($device -ne 'cpu' -and $device -ne 'cuda' -and $device -ne 'directml') { $device = 'cpu' }
$env:Device = $device

$program = Join-Path $artifacts 'bin/EvalHarness.Cli/release/evalharness.dll'
$stamp = Join-Path $artifacts "built-$device"
$deviceFile = Join-Path $artifacts 'device'

function Test-Newer($paths, $than) {
    $time = (Get-Item $than).LastWriteTimeUtc
    foreach ($path in $paths) {
        if (-not (Test-Path $path)) { continue }
        if ((Get-Item $path).LastWriteTimeUtc -gt $time) { return $true }
        $items = Get-ChildItem $path -Recurse -ErrorAction SilentlyContinue
        foreach ($item in $items) {
            if ($item.FullName.Contains('node_modules')) { continue }
            if ($item.LastWriteTimeUtc -gt $time) { return $true }
        }
    }
    return $false
}

function Test-Changed {
    if (-not (Test-Path $program)) { return $true }
    if (-not (Test-Path $stamp)) { return $true }
    if (-not (Test-Path $deviceFile)) { return $true }
    if ((Get-Content $deviceFile) -ne $device) { return $true }
    $sources = @('src', 'datasets/sources.yaml', 'datasets/published-scores.yaml', 'Directory.Build.props', 'Directory.Build.targets', 'Directory.Packages.props', 'global.json', 'NuGet.config')
    return Test-Newer ($sources | ForEach-Object { Join-Path $root $_ }) $stamp
}

function Get-Route {
    if ($env:PackageRoute) { return $env:PackageRoute }
    $remembered = Join-Path $artifacts "package-route-$device"
    $versions = @('Directory.Packages.props', 'NuGet.config') | ForEach-Object { Join-Path $root $_ }
    if ((Test-Path $remembered) -and -not (Test-Newer $versions $remembered)) { return (Get-Content $remembered) }
    Say 'asking the package feed for Parquet.Net and Microsoft.ML.OnnxRuntimeGenAI ...'
    $env:PackageRoute = 'nuget'
    $answer = (& dotnet restore (Join-Path $root 'src/EvalHarness.Cli') 2>&1 | Out-String)
    $restored = $LASTEXITCODE -eq 0
    $env:PackageRoute = ''
    if ($restored) {
        $route = 'nuget'
    }
    elseif ($answer.Contains('NU1301')) {
        Fail 'the package feed cannot be reached'
    }
    elseif ($answer.Contains('NU1101') -or $answer.Contains('NU1102') -or $answer.Contains('NU1103')) {
        $route = 'npm'
        Say 'the feed does not have them: building the stand-ins of src/Compat with libraries from npm'
    }
    else {
        Say $answer
        Fail 'dotnet restore failed (lines above)'
    }
    New-Item -ItemType Directory -Force $artifacts | Out-Null
    Set-Content -Path $remembered -Value $route
    return $route
}

function Initialize-Npm {
    $npm = Join-Path $root 'src/Compat/npm'
    $installed = Join-Path $npm 'node_modules/.package-lock.json'
    if ((Test-Path $installed) -and ((Get-Item $installed).LastWriteTimeUtc -gt (Get-Item (Join-Path $npm 'package-lock.json')).LastWriteTimeUtc)) { return }
    if (-not (Get-Command npm -ErrorAction SilentlyContinue)) { Fail 'npm is not on the PATH; install Node.js, or use a feed that has the packages' }
    Say 'fetching native libraries with npm ci ...'
    Push-Location $npm
    $log = (& npm ci 2>&1 | Out-String)
    $succeeded = $LASTEXITCODE -eq 0
    Pop-Location
    if (-not $succeeded) {
        Say $log
        Fail 'npm ci failed (lines above)'
    }
    (Get-Item $installed).LastWriteTimeUtc = (Get-Date).ToUniversalTime()
}

function Initialize-Build {
    if (-not (Get-Command dotnet -ErrorAction SilentlyContinue)) { Fail 'dotnet is not on the PATH; install the .NET 10 SDK' }
    $env:PackageRoute = Get-Route
    if ($env:PackageRoute -eq 'npm') { Initialize-Npm }
}

if ($args.Count -gt 0 -and $args[0] -eq 'test') {
    Initialize-Build
    $rest = @($args | Select-Object -Skip 1)
    & dotnet test (Join-Path $root 'EvalHarness.sln') -c Release @rest
    exit $LASTEXITCODE
}

if (Test-Changed) {
    Initialize-Build
    $started = (Get-Date).ToUniversalTime()
    Say "building for $device ..."
    $log = (& dotnet build (Join-Path $root 'src/EvalHarness.Cli') -c Release -v quiet '-clp:NoSummary' 2>&1 | Out-String)
    if ($LASTEXITCODE -ne 0) {
        Say $log
        Fail 'the build failed (lines above)'
    }
    # As old as the start of the build: what changed meanwhile is built next time.
    Set-Content -Path $stamp -Value ''
    (Get-Item $stamp).LastWriteTimeUtc = $started
    Set-Content -Path $deviceFile -Value $device
}

& dotnet $program @args
exit $LASTEXITCODE
