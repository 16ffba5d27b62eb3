#!/usr/bin/env bash
# Everything a change must pass: installs what is missing, builds the presets and runs all tests. What CI runs.
#   tests/run.sh              all steps
#   tests/run.sh STEP...      only these: packages format floors dev clean asan tsan tidy
# The presets are built in build/NAME; ccache makes the second run short. Ends with exit code 0 only if every step passed, and
# with one line that says what ran, and what was skipped and why. If the environment variable CI is set, a test that is skipped
# is a failure: there everything must be at hand (../shared/corpus, a browser, root).
set -euo pipefail
cd "$(dirname "$0")/.."

export CTEST_PARALLEL_LEVEL=${CTEST_PARALLEL_LEVEL:-$(nproc)}
export CTEST_OUTPUT_ON_FAILURE=1
# Objects do not depend on where the clone lies, so that ccache serves the next clone too.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
started=$SECONDS
ran=() tested=() skipped=() why=

# Runs the function of this name. Exit code 77: the step cannot be made here, and `why` says the reason.
step() {
  local name=$1 since=$SECONDS code=0
  echo "==== $name"
  "$name" || code=$?
  case $code in
    0) ran+=("$name $((SECONDS - since)) s") ;;
    77)
      [ -z "${CI:-}" ] || { finish "FAILED: $name cannot be skipped in CI: $why"; exit 1; }
      skipped+=("the step $name: $why")
      ;;
    *) finish "FAILED in $name after $((SECONDS - since)) s"; exit 1 ;;
  esac
  echo "==== $name: $([ "$code" -eq 77 ] && echo "skipped: $why" || echo "passed") in $((SECONDS - since)) s"
}

# The one line at the end.
finish() {
  local list="${tested[*]/%/;} ${skipped[*]/#/skipped }"
  echo "==== $1 in $((SECONDS - started)) s; ran: $(printf '%s, ' "${ran[@]}")${list}"
}

# run_tests PRESET OPTIONS...: ctest, and how many tests ran or were skipped.
run_tests() {
  local name=$1 code=0 counted=0
  shift
  ctest --preset "$name" "$@" || code=$?
  tests/count_tests.py "$name" "build/$name/Testing/Temporary/LastTest.log" >"build/$name.count" || counted=$?
  sed '$d' "build/$name.count"
  tested+=("$(tail -n 1 "build/$name.count")")
  [ "$code" -eq 0 ] && return "$counted"
  return "$code"
}

# build PRESET OPTIONS...: configures and builds, and says how long that took.
build() {
  local name=$1 since=$SECONDS
  shift
  cmake --preset "$name" >"build/$name.configure" 2>&1 || { cat "build/$name.configure"; return 1; }
  cmake --build --preset "$name" "$@" -- --quiet || return 1
  echo "---- built $name in $((SECONDS - since)) s"
}

packages() { contrib/install-packages.sh build demo test && /usr/bin/python3 tests/support/sendmail.py fetch; }

format() {
  local wrong
  wrong=$(git ls-files '*.h' '*.cc' | xargs clang-format-14 --dry-run 2>&1 | grep -o '^[^: ]*:' | sort -u | tr -d :) || true
  [ -z "$wrong" ] || { echo "not as clang-format-14 -i leaves them:"; echo "$wrong"; return 1; }
}

floors() {
  /usr/bin/python3 tests/check_floors.py . && /usr/bin/python3 tests/check_fuzz_targets.py . &&
    /usr/bin/python3 tests/check_performance.py .
}

dev() { build dev && run_tests dev; }

# Nothing but what is declared: a demonstration and a look at all programs in a minimal Debian 12, a build in Debian 13.
clean() {
  local code=0
  SIGNPOST_PROGRAMS=$PWD/build/dev/programs tests/clean_root.sh | tee build/clean.out || code=$?
  why=$(sed -n 's/^clean_root.sh: skipped: //p' build/clean.out)
  return "$code"
}

# One clang build serves ASan, UBSan and libFuzzer; scenarios with a real MTA have run in dev.
asan() { build asan && run_tests asan -LE e2e; }

# What has threads: dialogues against the daemon, and the folders whose tests start some.
tsan() {
  build tsan --target test_dialogues test_base test_policy test_store test_system test_web test_daemon &&
    run_tests tsan -R '^(dialogues|base|policy|store|system|web|daemon)$'
}

tidy() { tests/tidy.sh; }

mkdir -p build
if [ $# -eq 0 ]; then set -- packages format floors dev clean asan tsan tidy; fi
for name in "$@"; do
  case $name in
    packages | format | floors | dev | clean | asan | tsan | tidy) step "$name" ;;
    *) echo "no step '$name'" >&2; exit 64 ;;
  esac
done
finish "all passed"
