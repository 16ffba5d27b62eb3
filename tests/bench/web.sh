#!/usr/bin/env bash
# Measures signpost-web against a bare Beast server that answers 302, in turns, with wrk, and prints the table of docs/web.md.
#   tests/bench/web.sh [--rounds 5] [--seconds 3] [--connections 64] [--slow 5000]
set -euo pipefail
cd "$(dirname "$0")/../.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { cmake --preset bench && cmake --build --preset bench --target signpost-web signpostctl web_tool bench_beast; } >"$log" 2>&1; then
  tail -n 40 "$log" >&2
  exit 70
fi
/usr/bin/python3 tests/bench/web.py "$@"
