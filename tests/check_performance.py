#!/usr/bin/python3
"""Says how old the table of docs/performance.md is: how many commits have changed the way of a message since it was measured.
Times nothing. Exit code 1 only if the document does not name its commit.

usage: check_performance.py SOURCE
"""
import pathlib
import re
import subprocess
import sys

HOT = ("base", "mail", "track", "dkim", "policy", "milter")


def main():
    source = pathlib.Path(sys.argv[1])
    found = re.search(r"<!-- made by [^>]*-->\nCommit `([0-9a-f]{7,40})`", (source / "docs/performance.md").read_text())
    if not found:
        sys.exit("docs/performance.md: no table with its commit; tests/bench/compare.sh --document makes one")
    commit = found.group(1)
    log = subprocess.run(["git", "-C", source, "rev-list", "--count", f"{commit}..HEAD", "--", *HOT],
                         capture_output=True, text=True)
    if log.returncode != 0:
        print(f"docs/performance.md: measured at {commit}, which this clone does not have")
    elif int(log.stdout) == 0:
        print(f"docs/performance.md: measured at {commit}; nothing on the way of a message has changed since")
    else:
        print(f"docs/performance.md: measured at {commit}; {int(log.stdout)} commits have changed {', '.join(HOT)} since")


if __name__ == "__main__":
    main()
