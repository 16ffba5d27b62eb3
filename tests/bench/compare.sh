#!/usr/bin/env bash
# Measures Signpost against the floor filter, opendkim and rspamd (those that are installed) and prints the table of
# docs/performance.md: contestants take turns, medians count. Needs root for rspamd only.
#   tests/bench/compare.sh [--rounds 5] [--seconds 3] [--connections 8] [--listings 100000] [--before PROGRAMS]
# --before measures another build (its build/bench/programs) beside this one, in the same run.
set -euo pipefail
cd "$(dirname "$0")/../.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { cmake --preset bench && cmake --build --preset bench --target signpostd signpostctl bench_load bench_floor; } >"$log" 2>&1; then
  tail -n 40 "$log" >&2
  exit 70
fi
/usr/bin/python3 tests/bench/compare.py "$@"
