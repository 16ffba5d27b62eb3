#!/usr/bin/env bash
# Everything a change must pass: installs what is missing, builds the presets and runs all tests. What CI runs.
#   tests/run.sh              all steps
#   tests/run.sh STEP...      only these: packages format floors dev asan tsan tidy
# The presets are built in build/NAME; ccache makes the second run short. Ends with exit code 0 only if every step passed.
set -euo pipefail
cd "$(dirname "$0")/.."

export CTEST_PARALLEL_LEVEL=${CTEST_PARALLEL_LEVEL:-$(nproc)}
export CTEST_OUTPUT_ON_FAILURE=1
started=$SECONDS

step() {
  local name=$1
  shift
  local since=$SECONDS
  echo "==== $name"
  if "$@"; then
    echo "==== $name: passed in $((SECONDS - since)) s"
  else
    echo "==== $name: FAILED after $((SECONDS - since)) s"
    exit 1
  fi
}

build() { cmake --preset "$1" >"build/$1.configure" 2>&1 || { cat "build/$1.configure"; return 1; }; cmake --build --preset "$1" -- --quiet; }

packages() { contrib/install-packages.sh build demo test && /usr/bin/python3 tests/support/sendmail.py fetch; }

format() {
  local wrong
  wrong=$(git ls-files '*.h' '*.cc' | xargs clang-format-14 --dry-run 2>&1 | grep -o '^[^: ]*:' | sort -u | tr -d :) || true
  [ -z "$wrong" ] || { echo "not as clang-format-14 -i leaves them:"; echo "$wrong"; return 1; }
}

floors() {
  /usr/bin/python3 tests/check_floors.py . && /usr/bin/python3 tests/check_fuzz_targets.py .
}

dev() { build dev && ctest --preset dev; }

# One clang build serves ASan, UBSan and libFuzzer; scenarios with a real MTA have run in dev.
asan() { build asan && ctest --preset asan -LE e2e; }

# What has threads: dialogues against the daemon, and the folders whose tests start some.
tsan() {
  cmake --preset tsan >build/tsan.configure 2>&1 || { cat build/tsan.configure; return 1; }
  cmake --build --preset tsan --target test_dialogues test_base test_policy test_store test_programs -- --quiet &&
    ctest --preset tsan -R '^(dialogues|base|policy|store|programs)$'
}

tidy() { tests/tidy.sh; }

mkdir -p build
if [ $# -eq 0 ]; then set -- packages format floors dev asan tsan tidy; fi
for name in "$@"; do
  case $name in
    packages | format | floors | dev | asan | tsan | tidy) step "$name" "$name" ;;
    *) echo "no step '$name'" >&2; exit 64 ;;
  esac
done
echo "==== all passed in $((SECONDS - started)) s"
