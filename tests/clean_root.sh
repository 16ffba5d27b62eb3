#!/usr/bin/env bash
# Signpost on a Debian that has nothing: makes a root with the packages of Priority: required and git, clones the committed
# tree into it, and looks whether what the tree declares is enough.
#   tests/clean_root.sh [--suite bookworm|trixie]      short form, minutes; without --suite both
#   tests/clean_root.sh --long [--suite bookworm]      runs the commands of README.md there, as they are written
#
# The short form needs built programs (SIGNPOST_PROGRAMS, else build/dev or build/release). In bookworm it installs the groups
# build and demo and runs the demonstration with those programs, then installs the group test and checks that every program,
# library, module and interpreter that tests or demo use is there. In trixie it builds signpostd, signpostctl and signpost-web
# and runs the demonstration with them.
#
# Needs root, mmdebstrap, unshare and the Debian mirror of /etc/apt. Packages are kept in SIGNPOST_DEBS (default
# /var/cache/apt/archives); builds use the ccache of this machine if there is one. All mounts and processes are in namespaces of
# their own, which end with this script however it ends; then the root is removed.
# Exit code 0, 77 if a root cannot be made here (the last line says why), else a failure.
set -euo pipefail
source=$(cd "$(dirname "$0")/.." && pwd)
debs=${SIGNPOST_DEBS:-/var/cache/apt/archives}
tree=/root/signpost
readme_commands=(contrib/postfix/try.sh tests/run.sh)

usage() { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 64; }
skip() { echo "clean_root.sh: skipped: $*"; exit 77; }

# ---- outside: the namespaces, and what is left when they are gone

work='' child=''

# The namespaces die with unshare, and with them every process and mount inside; here nothing was ever mounted.
clean() {
  [ -z "$child" ] || kill -KILL "$child" 2>/dev/null || true
  [ -z "$child" ] || wait "$child" 2>/dev/null || true
  child=
  local try
  for try in 1 2 3; do
    [ -z "$work" ] || rm -rf --one-file-system "$work" 2>/dev/null || { sleep 1; continue; }
    work=
    return
  done
  echo "clean_root.sh: $work cannot be removed" >&2
}

run_in_namespaces() {
  work=$(mktemp -d "${TMPDIR:-/tmp}/signpost-root-XXXXXX")
  chmod 755 "$work"
  setpriv --pdeathsig KILL unshare --mount --propagation private --pid --fork --kill-child "$0" --inside "$work" "$@" </dev/null &
  child=$!
  local code=0
  wait "$child" || code=$?
  clean
  [ "$code" -eq 0 ] || exit "$code"
}

why_not() {
  [ "$(id -u)" -eq 0 ] || { echo "needs root"; return; }
  local tool
  for tool in mmdebstrap unshare setpriv git; do
    command -v "$tool" >/dev/null || { echo "$tool is not installed"; return; }
  done
  unshare --mount --propagation private --pid --fork mount -t tmpfs none /mnt 2>/dev/null || echo "mounting is forbidden here"
}

# ---- inside the namespaces

say() { echo "-- $suite, $((SECONDS)) s: $*"; }

# The lines of this machine's sources that are Debian's, for the suite that is wanted.
mirror_lines() {
  local own
  own=$(. /etc/os-release && echo "$VERSION_CODENAME")
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk -v own="$own" -v suite="$suite" '
      $2 == own || $2 == own "-updates" || $2 == own "-security" {sub("^" own, suite, $2); print "deb", $1, $2, $3}'
}

make_root() {
  root=$work/$suite
  local lines
  lines=$(mirror_lines)
  [ -n "$lines" ] || { echo "clean_root.sh: /etc/apt names no Debian mirror" >&2; exit 69; }
  apt-config dump | grep -E '^Acquire::(Check-|Languages|Retries|https?::)' >"$work/apt.conf" || true
  mkdir -p "$debs/partial"
  # force-unsafe-io: nobody needs this root after a power cut, and dpkg spends most of its time waiting for the disk.
  mmdebstrap --quiet --mode=root --variant=required --include=git --skip=essential/unlink,cleanup/apt/cache,download/empty \
    --aptopt="$work/apt.conf" --dpkgopt=force-unsafe-io --setup-hook="mkdir -p \"\$1/var/cache/apt/archives\"" \
    --setup-hook="mount --bind '$debs' \"\$1/var/cache/apt/archives\"" "$suite" "$root" - <<<"$lines"
  # What an installer leaves: the machine's own name server and names.
  cp -L /etc/resolv.conf "$root/etc/resolv.conf"
  echo "127.0.0.1 localhost" >"$root/etc/hosts"
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  mount --rbind /sys "$root/sys" 2>/dev/null || true
  git clone --quiet --no-hardlinks "$source" "$root$tree"
}

# Runs a command in the root, in the tree, with nothing of this machine's environment but what is named.
inside() {
  env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb \
    chroot "$root" /bin/bash -c "cd $tree && $*"
}

# What was compiled before with the same compiler and flags need not be compiled again: a cold build takes most of an hour.
share_ccache() {
  local cache
  if command -v ccache >/dev/null && cache=$(ccache -k cache_dir) && [ -d "$cache" ]; then
    mkdir -p "$root/root/.cache/ccache"
    mount --bind "$cache" "$root/root/.cache/ccache"
  fi
}

long_form() {
  local command
  share_ccache
  for command in "${readme_commands[@]}"; do
    grep -qxF "    $command" "$root$tree/README.md" || { echo "clean_root.sh: README.md does not name $command" >&2; exit 65; }
    say "$command"
    inside "$command"
  done
  say "both commands of README.md ended well"
}

built_programs() {
  local directory
  for directory in "${SIGNPOST_PROGRAMS:-}" "$source/build/dev/programs" "$source/build/release/programs"; do
    if [ -n "$directory" ] && [ -x "$directory/signpostd" ] && [ -x "$directory/signpostctl" ]; then
      echo "$directory"
      return
    fi
  done
  echo "clean_root.sh: signpostd and signpostctl are not built: cmake --preset release && cmake --build --preset release" >&2
  return 66
}

demo() { inside "SIGNPOST_PROGRAMS=$1 /usr/bin/python3 contrib/postfix/try_demo.py" >"$work/demo.out" 2>&1 || { cat "$work/demo.out"; return 1; }; }

short_form_of_bookworm() {
  local built program
  built=$(built_programs)
  say "packages to build and for the demonstration"
  inside contrib/install-packages.sh build demo
  mkdir "$root/opt/signpost"
  for program in signpostd signpostctl signpost-web; do
    [ ! -x "$built/$program" ] || cp "$built/$program" "$root/opt/signpost/"
  done
  say "the demonstration with the programs of $built"
  inside "/usr/bin/python3 tests/support/loads.py /opt/signpost"
  demo /opt/signpost
  say "packages for the tests"
  inside contrib/install-packages.sh test
  say "what the tests run and load"
  inside /usr/bin/python3 tests/support/sendmail.py fetch
  inside /usr/bin/python3 tests/check_tools.py .
}

short_form_of_trixie() {
  say "packages to build and for the demonstration"
  inside contrib/install-packages.sh build demo
  share_ccache
  say "building"
  inside "cmake --preset dev -DSIGNPOST_TESTS=OFF -DCMAKE_CXX_FLAGS_DEBUG=-O0 >/dev/null &&
    cmake --build --preset dev --target signpostd signpostctl signpost-web -- --quiet"
  say "the demonstration"
  inside "/usr/bin/python3 tests/support/loads.py build/dev/programs/signpostd build/dev/programs/signpostctl build/dev/programs/signpost-web"
  demo "$tree/build/dev/programs"
}

inside_namespaces() {
  work=$1 suite=$2 form=$3
  make_root
  say "a root of $(chroot "$root" dpkg-query -W | wc -l) packages"
  if [ "$form" = long ]; then long_form; else "short_form_of_$suite"; fi
  say "passed"
}

# ---- the command line

# A function, so that bash has read the whole script before it begins: the file may change while it runs.
main() {
  if [ "${1:-}" = --inside ]; then
    shift
    inside_namespaces "$@"
    return
  fi

  form=short suites=()
  while [ $# -gt 0 ]; do
    case $1 in
      --long) form=long ;;
      --suite) shift; suites+=("${1:-}") ;;
      *) usage ;;
    esac
    shift
  done
  [ ${#suites[@]} -gt 0 ] || { suites=(bookworm); [ "$form" = long ] || suites+=(trixie); }
  for suite in "${suites[@]}"; do
    [ "$form:$suite" = short:bookworm ] || [ "$form:$suite" = short:trixie ] || [ "$form:$suite" = long:bookworm ] || usage
  done
  reason=$(why_not)
  [ -z "$reason" ] || skip "$reason"
  [ -z "$(git -C "$source" status --porcelain --untracked-files=no)" ] || echo "clean_root.sh: only what is committed is looked at"
  trap clean EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  for suite in "${suites[@]}"; do
    run_in_namespaces "$suite" "$form"
  done
}

main "$@"
exit
