#!/usr/bin/python3
"""Every function named parse_* that a header declares reads bytes from outside: each must be mentioned by a fuzz target.

  check_fuzz_targets.py SOURCE_DIR

Exit status 0, or 1 with one line a finding.
"""
import pathlib
import re
import sys

from check_floors import sources

DECLARED = re.compile(r"\b(parse_[a-z0-9_]+)\s*\(")


def find_unfuzzed(root):
    targets = "\n".join(path.read_text(encoding="utf-8") for path in sorted((root / "tests/fuzz").glob("fuzz_*.cc")))
    fuzzed = set(re.findall(r"\bparse_[a-z0-9_]+", targets))
    for header_name, header in sources(root):
        if header.suffix == ".h":
            code = re.sub(r"//[^\n]*", "", header.read_text(encoding="utf-8"))
            for name in sorted(set(DECLARED.findall(code)) - fuzzed):
                yield f"{header.relative_to(root)}: {name} has no fuzz target (tests/fuzz/fuzz_*.cc)"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    findings = list(find_unfuzzed(pathlib.Path(sys.argv[1]).resolve()))
    print("\n".join(findings + [f"{len(findings)} findings"]))
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
