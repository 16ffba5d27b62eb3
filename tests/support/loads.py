#!/usr/bin/python3
"""Whether programs find what they load: every shared library that ldd names for an ELF file, the interpreter that a script's
first line names.

  loads.py PATH...      files, or directories, of which every ELF file and executable script below is looked at, but what lies
                        in an etc or share (examples and scripts for a system that has the package installed)

Exit status 0, or 1 with one line a finding.
"""
import os
import pathlib
import re
import subprocess
import sys


def missing_of(path):
    """What this file loads and the machine does not have, by name; nothing for other files than ELF and scripts."""
    with open(path, "rb") as stream:
        start = stream.read(256)
    if start.startswith(b"\x7fELF"):
        done = subprocess.run(["ldd", str(path)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        return re.findall(r"(?m)^\s*(\S+) => not found", done.stdout)
    if start.startswith(b"#!") and os.access(path, os.X_OK):
        interpreter = start[2:].split(b"\n")[0].split()
        if interpreter and not os.path.exists(interpreter[0]):
            return [interpreter[0].decode(errors="replace")]
    return []


def files_below(path):
    path = pathlib.Path(path)
    if not path.is_dir():
        return [path]
    return sorted(one for one in path.rglob("*") if one.is_file() and not one.is_symlink()
                  and not {"etc", "share"} & set(one.relative_to(path).parts))


def findings(paths):
    for path in paths:
        for file in files_below(path):
            missing = missing_of(file)
            if missing:
                yield f"{file}: cannot load {', '.join(missing)}"


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    found = list(findings(sys.argv[1:]))
    print("\n".join(found + [f"{len(found)} findings"]))
    sys.exit(1 if found else 0)
