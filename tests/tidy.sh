#!/usr/bin/env bash
# clang-tidy with the checks of .clang-tidy. Reads the compile commands of the preset `clang` (made here if need be).
#   tests/tidy.sh             files that differ from the merge base with origin/main (or from HEAD~1)
#   tests/tidy.sh --all       every source file
set -euo pipefail
cd "$(dirname "$0")/.."

all_files() { git ls-files '*.cc' | grep -E '^(base|system|mail|dkim|track|policy|campaign|feedback|store|importers|milter|config|web|release|daemon|programs|tests)/'; }

changed_files() {
  local base
  base=$(git merge-base HEAD origin/main 2>/dev/null || true)
  if [ -z "$base" ] || [ "$base" = "$(git rev-parse HEAD)" ]; then
    base=$(git rev-parse --verify -q HEAD~1 || true)
  fi
  [ -n "$base" ] || { all_files; return; }
  # A changed header is judged through the .cc of the same name.
  git diff --name-only --diff-filter=d "$base" -- '*.cc' '*.h' | sed 's/\.h$/.cc/' | sort -u |
    comm -12 - <(all_files | sort)
}

[ -f build/clang/compile_commands.json ] || cmake --preset clang >/dev/null
if [ "${1:-}" = --all ]; then mapfile -t files < <(all_files); else mapfile -t files < <(changed_files); fi
if [ ${#files[@]} -eq 0 ]; then
  echo "clang-tidy: no source file changed"
  exit 0
fi
echo "clang-tidy: ${#files[@]} files"
printf '%s\n' "${files[@]}" |
  xargs -P "${JOBS:-$(nproc)}" -n 1 clang-tidy-14 -p build/clang --quiet --extra-arg=-Wno-unknown-warning-option 2>/dev/null
