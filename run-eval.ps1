# Builds EvalHarness if something changed since the last build, and passes all arguments on to it. run-eval.sh does the same.
#   ./run-eval.ps1 run --model DIR --tasks mmlu,gsm8k    any command of the program (see: ./run-eval.ps1 --help)
#   ./run-eval.ps1 test                                  the whole test suite; further arguments go to 'dotnet test'
# It builds for the device that --device names: cpu (the default), cuda or directml.
$self = Get-Item -LiteralPath $PSCommandPath
$root = if ($self.LinkType -and $IsCoreCLR) { $self.ResolveLinkTarget($true).DirectoryName } else { $PSScriptRoot }
$artifacts = Join-Path $root 'artifacts'

# Whatever the session has set: programs get their arguments as they are, and say by their exit code how it went.
Set-StrictMode -Off
$ErrorActionPreference = 'Continue'
$PSNativeCommandUseErrorActionPreference = $false
$PSNativeCommandArgumentPassing = 'Standard'
$OFS = ' '

$ended = $false # but for Ctrl-C

function Fail($message) {
    [Console]::Error.WriteLine("error: $message")
    $script:ended = $true
    exit 8
}

if (-not (Get-Command dotnet -ErrorAction SilentlyContinue)) { Fail 'dotnet is not on the PATH; install the .NET 10 SDK' }

# PowerShell hands over the first bare -- not at all. The statement tells where it stood: so many words from one end (-p:x is two values).
$given = [Collections.ArrayList]@($args)
$statement = [Management.Automation.Language.Parser]::ParseInput("$($MyInvocation.Statement)", [ref]$null, [ref]$null)
$call = $statement.Find({ $args[0] -is [Management.Automation.Language.CommandAst] }, $true)
$words = @($call.CommandElements | Select-Object -Skip 1)
$dashes = [Array]::IndexOf(@($words | ForEach-Object { "$_" }), '--')
if ($dashes -ge 0) {
    $before = @($words | Select-Object -First $dashes)
    $after = @($words | Select-Object -Skip ($dashes + 1))
    if ($after.Splatted -notcontains $true) { $given.Insert($given.Count - $after.Count - @($after | Where-Object Argument).Count, '--') }
    elseif ($before.Splatted -notcontains $true) { $given.Insert($before.Count + @($before | Where-Object Argument).Count, '--') }
    else { Fail "PowerShell hides a -- between splatted variables; write it in quotes: '--'" }
}

# It hands over -p:x in two parts, and a,b as a list: the value of an option, or elsewhere (compare $base $candidates) an argument each.
$arguments = @()
foreach ($value in $given) {
    $parts = @($value | ForEach-Object { $_ })
    $last = "$($arguments[-1])"
    if ($last -match '^-\w.*:$') { $arguments[-1] = $last + ($parts -join ',') }
    elseif ($value -is [Collections.IList] -and ($last -match '^--?\w[^=:]*$' -or "$($parts[0])" -match '^--?\w')) { $arguments += $parts -join ',' }
    else { $arguments += $parts }
}

# How the program was started, for its messages. By 'pwsh -File' there is no statement, and the command line has all as it was typed.
$name = $MyInvocation.InvocationName
if ($name -in '', '&', '.' -or $name -match "[\s']") { $name = "& '$($PSCommandPath.Replace("'", "''"))'" }
$line = [Environment]::GetCommandLineArgs()
$file = [Array]::IndexOf(@($line | ForEach-Object { ($_ -split '[\\/]')[-1] }), (Split-Path -Leaf $PSCommandPath))
$isFile = -not $call -and $file -gt 0
if ($isFile) {
    $arguments = @($line | Select-Object -Skip ($file + 1))
    $shell = if ($IsCoreCLR) { 'pwsh' } else { 'powershell' }
    $name = if ($line[$file] -match '\s') { "$shell -File `"$($line[$file])`"" } else { "$shell -File $($line[$file])" }
}

# Written out in quotes, but for what was typed without: on Linux PowerShell looks for files that fit a * in a variable.
$bare = @($words | Where-Object StringConstantType -EQ 'BareWord' | ForEach-Object Value)
$written = @(for ($i = 0; $i -lt $arguments.Count; $i++) {
    if ($arguments[$i] -isnot [string] -or $arguments[$i] -in $bare) { "`$arguments[$i]" }
    else { "'$([Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($arguments[$i]))'" }
})

$device = 'cpu'
$others = @(for ($i = 0; $i -lt $arguments.Count; $i++) {
    if ($i -gt 0 -and $arguments[$i - 1] -eq '--device') { $device = $arguments[$i] }
    elseif ("$($arguments[$i])".StartsWith('--device=')) { $device = "$($arguments[$i])".Substring(9) }
    elseif ($arguments[$i] -ne '--device') { $written[$i] }
})
if ($arguments[0] -eq 'history') { $device = 'cpu' } # there it chooses among runs
$device = "$device".Split(':')[0] # of cuda:0,cuda:1 the kind decides
if ($device -notin 'cpu', 'cuda', 'directml') { $device = 'cpu' } # the program itself says what is wrong with it

$program = Join-Path $artifacts 'bin/EvalHarness.Cli/release/evalharness.dll'
$built = Join-Path $artifacts 'built' # holds the device; as old as the start of the last build; gone after any build that this script did not start

function Test-UpToDate {
    if (-not (Test-Path -LiteralPath $program) -or -not (Test-Path -LiteralPath $built) -or (Get-Content -LiteralPath $built) -ne $device) { return $false }
    $time = (Get-Item -LiteralPath $built).LastWriteTimeUtc
    $sources = @(Get-Item -LiteralPath "$root/src", "$root/datasets/evalharness") +
        @(Get-ChildItem -LiteralPath "$root/src", "$root/datasets/evalharness" -Recurse | Where-Object FullName -NotLike '*node_modules*') +
        @(Get-ChildItem -LiteralPath "$root/datasets" -Filter *.yaml) +
        @(Get-ChildItem -LiteralPath $root | Where-Object Name -Match '^(Directory\..*|global\.json|nuget\.config)$')
    -not ($sources | Where-Object LastWriteTimeUtc -GT $time | Select-Object -First 1)
}

function Build {
    [Console]::Error.WriteLine("building for $device ...")
    Set-Content -LiteralPath "$built.new" -Value $device
    $log = & dotnet msbuild "$root/src/EvalHarness.Cli" -restore '-p:Configuration=Release' "-p:EngineDevice=$device" -v:quiet -nologo 2>&1
    if ($LASTEXITCODE -ne 0) {
        [Console]::Error.WriteLine($log -join "`n")
        Fail 'the build failed (lines above)'
    }
    Move-Item -Force -LiteralPath "$built.new" $built
}

# Two starts at once build one after the other, also where one is run-eval.sh: on Unix .NET locks files as flock does.
function Open-Lock {
    $said = $false
    while ($true) {
        try { return [IO.File]::Open((Join-Path $artifacts 'lock'), 'OpenOrCreate', 'ReadWrite', 'None') }
        catch [IO.IOException] {
            # In use, as Linux, macOS and Windows number it.
            if ($_.Exception.HResult -notin 11, 35, -2147024864) { throw }
            if (-not $said) { [Console]::Error.WriteLine('waiting for another build ...') }
            $said = $true
            Start-Sleep -Milliseconds 200
        }
    }
}

# The session's environment is as it was before, also after Ctrl-C.
$ours = 'DOTNET_CLI_TELEMETRY_OPTOUT', 'DOTNET_NOLOGO', 'EVALHARNESS_COMMAND'
$theirs = @{}
foreach ($variable in $ours) { $theirs[$variable] = [Environment]::GetEnvironmentVariable($variable) }
try {
    $env:DOTNET_CLI_TELEMETRY_OPTOUT = $env:DOTNET_NOLOGO = '1'
    if ($arguments[0] -eq 'test') {
        $command = "dotnet test `"`$root/EvalHarness.sln`" -c Release -p:EngineDevice=$device $($others | Select-Object -Skip 1)"
    }
    else {
        if (-not (Test-UpToDate)) {
            try { New-Item -ItemType Directory -Force $artifacts -ErrorAction Stop | Out-Null; $lock = Open-Lock }
            catch { Fail "cannot write in $artifacts, where the program is built; make the folder writable, or start a copy of it" }
            try { if (-not (Test-UpToDate)) { Build } }
            finally { $lock.Dispose() }
        }
        $env:EVALHARNESS_COMMAND = $name
        $command = "dotnet `"`$program`" $written"
    }
    if ($MyInvocation.ExpectingInput) { $input | & ([scriptblock]::Create("`$input | $command")) } else { & ([scriptblock]::Create($command)) }
    $ended = $true
    exit $LASTEXITCODE
}
finally {
    foreach ($variable in $ours) { Set-Item "env:$variable" $theirs[$variable] }
    if ($isFile -and -not $ended) { $host.SetShouldExit(130) } # else PowerShell says 0 after Ctrl-C
}
