#!/usr/bin/env bash
# Builds EvalHarness where needed and passes all arguments on to it. The twin of run-eval.ps1: same steps, same messages.
#   ./run-eval.sh run --model DIR --tasks mmlu,gsm8k     any command of the program (see: ./run-eval.sh --help)
#   ./run-eval.sh test                                   the whole test suite; further arguments go to 'dotnet test'
# 1. If nothing changed since the last build, the program starts at once.
# 2. Else the package feed is asked for Parquet.Net and Microsoft.ML.OnnxRuntimeGenAI. Only "not found" leads to the
#    stand-ins of src/Compat, whose libraries come from npm; a network failure is reported as one.
# 3. One build, for the device that --device names (cpu, cuda, directml).
# PackageRoute=nuget or npm in the environment skips the question.
set -u
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
artifacts="$root/artifacts"

# Read by native libraries when they are loaded: nothing is recorded and nothing is sent.
export ORT_DISABLE_TELEMETRY=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

fail() { echo "error: $1" >&2; exit "${2:-8}"; }

device=cpu previous=
for argument in "$@"; do
    [ "$previous" = --device ] && device=$argument
    case $argument in --device=*) device=${argument#--device=} ;; esac
    previous=$argument
done
case $device in cpu | cuda | directml) ;; *) device=cpu ;; esac # the program itself says what is wrong with it
export Device=$device

program="$artifacts/bin/EvalHarness.Cli/release/evalharness.dll"
stamp="$artifacts/built-$device"

changed() {
    [ -f "$program" ] && [ -f "$stamp" ] || return 0
    [ "$(cat "$artifacts/device" 2>/dev/null)" = "$device" ] || return 0
    [ -n "$(find "$root/src" "$root"/datasets/*.yaml "$root"/Directory.* "$root/global.json" "$root"/NuGet.[cC]onfig -newer "$stamp" \
        -not -path '*/node_modules*' -print -quit 2>/dev/null)" ]
}

choose_route() {
    if [ -n "${PackageRoute:-}" ]; then
        route=$PackageRoute
        return
    fi
    # The answer holds until the package versions or the feeds change.
    remembered="$artifacts/package-route-$device"
    if [ -f "$remembered" ] && [ -z "$(find "$root/Directory.Packages.props" "$root"/NuGet.[cC]onfig -newer "$remembered" 2>/dev/null)" ]; then
        route=$(cat "$remembered")
        return
    fi
    echo "asking the package feed for Parquet.Net and Microsoft.ML.OnnxRuntimeGenAI ..." >&2
    if answer=$(PackageRoute=nuget dotnet restore "$root/src/EvalHarness.Cli" 2>&1); then
        route=nuget
    elif grep -qE 'NU110[123]' <<<"$answer" && ! grep -q 'NU1301' <<<"$answer"; then
        route=npm
        echo "the feed does not have them: building the stand-ins of src/Compat with libraries from npm" >&2
    elif grep -q 'NU1301' <<<"$answer"; then
        fail "the package feed cannot be reached: $(grep -m1 'NU1301' <<<"$answer" | sed 's/.*NU1301: *//')"
    else
        echo "$answer" >&2
        fail "dotnet restore failed (lines above)"
    fi
    mkdir -p "$artifacts" && echo "$route" >"$remembered"
}

prepare_npm() {
    npm="$root/src/Compat/npm"
    [ -f "$npm/node_modules/.package-lock.json" ] && [ "$npm/node_modules/.package-lock.json" -nt "$npm/package-lock.json" ] && return
    command -v npm >/dev/null || fail "npm is not on the PATH; install Node.js, or use a feed that has the packages"
    echo "fetching native libraries with npm ci ..." >&2
    log=$(cd "$npm" && npm ci 2>&1) || { echo "$log" >&2; fail "npm ci failed (lines above)"; }
    touch "$npm/node_modules/.package-lock.json"
}

prepare() {
    command -v dotnet >/dev/null || fail "dotnet is not on the PATH; install the .NET 10 SDK"
    choose_route
    export PackageRoute=$route
    [ "$route" = npm ] && prepare_npm
    return 0
}

build() {
    prepare
    mkdir -p "$artifacts" && touch "$artifacts/build-started"
    echo "building for $device ..." >&2
    if ! log=$(dotnet build "$root/src/EvalHarness.Cli" -c Release -v quiet -clp:NoSummary 2>&1); then
        echo "$log" >&2
        fail "the build failed (lines above)"
    fi
    # As old as the start of the build: what changed meanwhile is built next time.
    mv "$artifacts/build-started" "$stamp" && echo "$device" >"$artifacts/device"
}

if [ "${1:-}" = test ]; then
    shift
    prepare
    exec dotnet test "$root/EvalHarness.sln" -c Release "$@"
fi

if changed; then build; fi
exec dotnet "$program" "$@"
