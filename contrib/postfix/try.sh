#!/usr/bin/env bash
# Shows Signpost at work on a fresh Debian 12 or 13, as root: installs what it needs, builds it, and sends a few messages through a
# private Postfix with Signpost attached. The system's own mail is not touched, and everything is removed again.
#   contrib/postfix/try.sh           about three minutes the first time
#   contrib/postfix/try.sh --keep    leaves it running, and says how to talk to it
set -euo pipefail
cd "$(dirname "$0")/../.."

case "${1:-}" in
  "" | --keep) ;;
  *) sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 64 ;;
esac
if [ "$(id -u)" -ne 0 ]; then
  echo "try.sh: a private Postfix needs root; run: sudo $0 $*" >&2
  exit 77
fi

contrib/install-packages.sh build demo
echo "building signpostd and signpostctl in build/release"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { cmake --preset release && cmake --build --preset release --target signpostd signpostctl; } >"$log" 2>&1; then
  tail -n 40 "$log" >&2
  echo "try.sh: the build failed" >&2
  exit 70
fi
SIGNPOST_PROGRAMS=$PWD/build/release/programs /usr/bin/python3 contrib/postfix/try_demo.py "$@"
