#!/usr/bin/env bash
# Prints how many namespaces a compiled assembly has, how many arrows lead from one to another (one uses the other), and how many circles
# of namespaces there are. Without an argument it builds this commit and counts its library and its engine.
#
# usage: tests/count-rooms.sh [DLL]     (or: ROOMS_OF=DLL tests/count-rooms.sh)
set -euo pipefail

assembly="${1:-${ROOMS_OF:-}}"
export ROOMS_OF="${assembly:+$(realpath "$assembly")}"
cd "$(dirname "$0")/.."
if ! output=$(dotnet test tests/EvalHarness.Tests -c Release --filter FullyQualifiedName~RoomCountTests.Rooms_AreCounted \
    --logger "console;verbosity=detailed" 2>&1); then
    echo "$output" >&2
    exit 1
fi
grep -E '^ +(.*: [0-9]+ namespaces, |circle of )' <<<"$output" | sed 's/^ *//'
