#!/usr/bin/env bash
# Builds EvalHarness if something changed since the last build, and passes all arguments on to it. run-eval.ps1 does the same.
#   ./run-eval.sh run --model DIR --tasks mmlu,gsm8k     any command of the program (see: ./run-eval.sh --help)
#   ./run-eval.sh test                                   the whole test suite; further arguments go to 'dotnet test'
# It builds for the device that --device names: cpu (the default), cuda or directml.
set -u
self=${BASH_SOURCE[0]}
while [ -L "$self" ]; do
    link=$(readlink "$self")
    case $link in /*) self=$link ;; *) self=$(dirname "$self")/$link ;; esac
done
root=$(CDPATH='' cd -- "$(dirname "$self")" && pwd)
artifacts="$root/artifacts"

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

fail() { echo "error: $1" >&2; exit 8; }

command -v dotnet >/dev/null || fail "dotnet is not on the PATH; install the .NET 10 SDK"

device=cpu previous= others=()
for argument in "$@"; do
    case $previous,$argument in
        --device,*) device=$argument ;;
        *,--device) ;;
        *,--device=*) device=${argument#--device=} ;;
        *) others+=("$argument") ;;
    esac
    previous=$argument
done
[ "${1:-}" = history ] && device=cpu # there it chooses among runs
device=${device%%:*} # of cuda:0,cuda:1 the kind decides
case $device in cpu | cuda | directml) ;; *) device=cpu ;; esac # the program itself says what is wrong with it

program="$artifacts/bin/EvalHarness.Cli/release/evalharness.dll"
built="$artifacts/built" # holds the device; as old as the start of the last build; gone after any build that this script did not start

if [ "${1:-}" = test ]; then
    exec dotnet test "$root/EvalHarness.sln" -c Release "-p:EngineDevice=$device" ${others[@]+"${others[@]:1}"}
fi

up_to_date() {
    [ -f "$program" ] && [ "$(cat "$built" 2>/dev/null)" = "$device" ] &&
        [ -z "$(find "$root/src" "$root/datasets"/*.yaml "$root/datasets/evalharness" "$root"/Directory.* "$root/global.json" "$root"/[nN]u[gG]et.[cC]onfig \
            -newer "$built" -not -path '*/node_modules*' -print -quit 2>/dev/null)" ]
}

build() {
    echo "building for $device ..." >&2
    echo "$device" >"$built.new"
    if ! log=$(dotnet msbuild "$root/src/EvalHarness.Cli" -restore -p:Configuration=Release "-p:EngineDevice=$device" -v:quiet -nologo 2>&1); then
        echo "$log" >&2
        fail "the build failed (lines above)"
    fi
    mv "$built.new" "$built"
}

if ! up_to_date; then
    { mkdir -p "$artifacts" && : >>"$artifacts/lock"; } 2>/dev/null || fail "cannot write in $artifacts, where the program is built; make the folder writable, or start a copy of it"
    # Two starts at once build one after the other. macOS has no flock; there the second may fail, and its lines say so.
    if command -v flock >/dev/null; then
        (flock -n 9 || { echo "waiting for another build ..." >&2 && flock 9; }; up_to_date || build 9>&-) 9>>"$artifacts/lock" || exit
    else
        build
    fi
fi
# The program names itself in its messages as it was started.
printf -v name %q "$0"
[[ $0 == */* && -x $0 ]] || name="bash $name"
EVALHARNESS_COMMAND=$name exec dotnet "$program" "$@"
