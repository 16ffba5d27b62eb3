#!/usr/bin/python3
"""Every function named parse_* that a header of the product declares reads bytes from outside: a fuzz target must call it, in
code that is built. A name in a comment or in quotes is not a call, and a target counts only if a *.targets.cmake list names it.

  check_fuzz_targets.py SOURCE_DIR

Exit status 0, or 1 with one line a finding.
"""
import pathlib
import re
import sys

NOT_PRODUCT = {"tests", "build", "docs", "contrib", "cmake"}
DECLARED = re.compile(r"\b(parse_[a-z0-9_]+)\s*\(")
CALLED = re.compile(r"\b(parse_[a-z0-9_]+)\s*(?:<[^<>;(){}]*>\s*)?\(")
# A definition or declaration of that name in the target itself: a type stands before it, and is not `return`.
OWN = re.compile(r"\b(?!return\b|else\b|co_await\b)[A-Za-z_][\w:]*(?:<[^;(){}]*>)?[ &*]+(parse_[a-z0-9_]+)\s*\(")
LISTED = re.compile(r"^\s*signpost_fuzz\(\s*(\w+)", re.M)
# Comments, then literals: what comes first wins, so that "//" in quotes is not a comment.
NOT_CODE = re.compile(r"""//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'""", re.S)


def code_of(path):
    """The text without comments and without what stands in quotes."""
    return NOT_CODE.sub(lambda found: " " if found[0].startswith("/") else '""', path.read_text(encoding="utf-8"))


def headers(root):
    for folder in sorted(root.iterdir()):
        if folder.is_dir() and folder.name not in NOT_PRODUCT and not folder.name.startswith("."):
            yield from sorted(folder.rglob("*.h"))


def find_unfuzzed(root):
    fuzz = root / "tests/fuzz"
    listed = {name for path in fuzz.glob("*.targets.cmake")
              for name in LISTED.findall(re.sub(r"#[^\n]*", "", path.read_text(encoding="utf-8")))}
    fuzzed = set()
    for path in sorted(fuzz.glob("fuzz_*.cc")):
        if path.stem.removeprefix("fuzz_") not in listed:
            yield f"{path.relative_to(root)}: no tests/fuzz/*.targets.cmake names it, so it is never built"
            continue
        code = code_of(path)
        fuzzed |= set(CALLED.findall(code)) - set(OWN.findall(code))
    for name in sorted(name for name in listed if not (fuzz / f"fuzz_{name}.cc").exists()):
        yield f"tests/fuzz/fuzz_{name}.cc: a *.targets.cmake names it, and it does not exist"
    for header in headers(root):
        for name in sorted(set(DECLARED.findall(code_of(header))) - fuzzed):
            yield f"{header.relative_to(root)}: no fuzz target calls {name} (tests/fuzz/fuzz_*.cc)"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    findings = list(find_unfuzzed(pathlib.Path(sys.argv[1]).resolve()))
    print("\n".join(findings + [f"{len(findings)} findings"]))
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
