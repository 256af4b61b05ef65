#!/usr/bin/env bash
# Builds EvalHarness if something changed since the last build, and passes all arguments on to it. run-eval.ps1 does the same.
#   ./run-eval.sh run --model DIR --tasks mmlu,gsm8k     any command of the program (see: ./run-eval.sh --help)
#   ./run-eval.sh test                                   the whole test suite; further arguments go to 'dotnet test'
# It builds for the device that --device names: cpu (the default), cuda or directml.
set -u
root=$(CDPATH='' cd -- "$(dirname "${BASH_SOURCE[0]}")" && pwd)
artifacts="$root/artifacts"

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

fail() { echo "error: $1" >&2; exit 8; }

command -v dotnet >/dev/null || fail "dotnet is not on the PATH; install the .NET 10 SDK"

device=cpu previous=
for argument in "$@"; do
    [ "$previous" = --device ] && device=$argument
    case $argument in --device=*) device=${argument#--device=} ;; esac
    previous=$argument
done
case $device in cpu | cuda | directml) ;; *) device=cpu ;; esac # the program itself says what is wrong with it

program="$artifacts/bin/EvalHarness.Cli/release/evalharness.dll"
built="$artifacts/built" # holds the device; as old as the start of the last build

if [ "${1:-}" = test ]; then
    shift
    # It builds into the same folder.
    [ "$(cat "$built" 2>/dev/null)" = "$device" ] || rm -f "$built"
    exec dotnet test "$root/EvalHarness.sln" -c Release "-p:Device=$device" "$@"
fi

up_to_date() {
    [ -f "$program" ] && [ "$(cat "$built" 2>/dev/null)" = "$device" ] &&
        [ -z "$(find "$root/src" "$root/datasets"/*.yaml "$root/datasets/evalharness" "$root"/Directory.* "$root/global.json" "$root"/[nN]u[gG]et.[cC]onfig \
            -newer "$built" -not -path '*/node_modules*' -print -quit 2>/dev/null)" ]
}

if ! up_to_date; then
    echo "building for $device ..." >&2
    mkdir -p "$artifacts" && echo "$device" >"$built.new"
    if ! log=$(dotnet msbuild "$root/src/EvalHarness.Cli" -restore -p:Configuration=Release "-p:Device=$device" -v:quiet -nologo 2>&1); then
        echo "$log" >&2
        fail "the build failed (lines above)"
    fi
    mv "$built.new" "$built"
fi
# The program names itself in its messages as it was started.
printf -v name %q "$0"
[[ $0 == */* && -x $0 ]] || name="bash $name"
EVALHARNESS_COMMAND=$name exec dotnet "$program" "$@"
