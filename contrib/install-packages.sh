#!/usr/bin/env bash
# Installs the packages of the given groups (see debian-packages.txt) on Debian, asking nothing and starting no
# service. Does nothing, and needs no root, when all are installed already.
#   contrib/install-packages.sh GROUP...
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
list=$here/debian-packages.txt
policy=/usr/sbin/policy-rc.d

if [ $# -eq 0 ]; then
  echo "usage: $0 GROUP...   groups: $(awk '!/^#/ && NF {print $1}' "$list" | sort -u | xargs)" >&2
  exit 64
fi

release=$(. /etc/os-release && echo "${VERSION_CODENAME:-unknown}")

packages=()
for group in "$@"; do
  if [ "$group" = unpacked ]; then
    echo "$0: the group 'unpacked' is never installed, it would displace Postfix: tests/support/sendmail.py unpacks it" >&2
    exit 64
  fi
  mapfile -t elsewhere < <(awk -v g="$group" -v r="$release" '$1 == g && $3 && $3 != r {print $2 " (" $3 ")"}' "$list")
  if [ ${#elsewhere[@]} -gt 0 ]; then
    echo "$0: the group '$group' cannot be installed on Debian '$release': it needs ${elsewhere[*]}" >&2
    exit 69
  fi
  mapfile -t of_group < <(awk -v g="$group" '!/^#/ && $1 == g {print $2}' "$list")
  if [ ${#of_group[@]} -eq 0 ]; then
    echo "$0: no group '$group' in $list" >&2
    exit 64
  fi
  packages+=("${of_group[@]}")
done

missing=()
for package in $(printf '%s\n' "${packages[@]}" | sort -u); do
  status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
  [ "$status" = "install ok installed" ] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "packages ($*): all installed"
  exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "$0: not installed: ${missing[*]}" >&2
  echo "$0: run it as root, or: apt-get install ${missing[*]}" >&2
  exit 77
fi

# A policy of 101 keeps freshly installed daemons from starting. One that the site has already is left in place.
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
# Postfix is installed without a configuration of its own: the tests and the demo bring private ones.
if printf '%s\n' "${missing[@]}" | grep -qx postfix && command -v debconf-set-selections >/dev/null; then
  echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections
fi
echo "packages ($*): installing ${missing[*]}"
log=$(mktemp)
run() {
  if ! "$@" >"$log" 2>&1 </dev/null; then
    tail -n 40 "$log" >&2
    echo "$0: failed: $*" >&2
    rm -f "$log"
    exit 69
  fi
}
run apt-get -qq -o DPkg::Lock::Timeout=300 update
run apt-get -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 install "${missing[@]}"
rm -f "$log"
