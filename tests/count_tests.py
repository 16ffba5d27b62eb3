#!/usr/bin/python3
"""Says how many tests ran and which were skipped, and why: reads what ctest kept of its last run.

  count_tests.py NAME LOG      LOG: build/PRESET/Testing/Temporary/LastTest.log, NAME: how to call it

Tests of GoogleTest and of tests/e2e are counted one by one, any other entry of ctest as one test. Prints a line for each skipped
test, then one line for all. Exit status 0; 1 if a test was skipped and the environment variable CI is set: there everything
that tests need must be.
"""
import collections
import os
import pathlib
import re
import sys

ENTRY = re.compile(r"^\d+/\d+ Testing: (\S+)\n(.*?)(?=^\d+/\d+ Testing: |\Z)", re.M | re.S)
GTEST_RAN = re.compile(r"^\[==========\] (\d+) tests? from \d+ test suites? ran\.", re.M)
GTEST_SKIPPED = re.compile(r": Skipped\n(?P<reason>[^\n]*)\n(?:(?!\[  SKIPPED \]).*\n)*?\[  SKIPPED \] (?P<test>\S+) \(\d+ ms\)")
CASES_RAN = re.compile(r"^RAN (\d+)$", re.M)  # tests/support/cases.py
CASES_SKIPPED = re.compile(r"^SKIPPED (?P<test>.*?\)(?: \[.*?\]| \(.*?\))?): (?P<reason>.*)$", re.M)


class Count:
    """`ran`: tests that were run to their end; `skipped`: (entry, test, reason)."""

    def __init__(self, log):
        self.ran, self.entries, self.skipped = 0, 0, []
        for name, text in ENTRY.findall(log):
            self.entries += 1
            self.add(name, text)

    def add(self, name, text):
        gtest = [(name, match["test"], match["reason"]) for match in GTEST_SKIPPED.finditer(text)]
        cases = [(name, match["test"], match["reason"]) for match in CASES_SKIPPED.finditer(text)]
        self.skipped += gtest + cases
        if CASES_RAN.search(text):
            self.ran += int(CASES_RAN.findall(text)[-1])
        elif GTEST_RAN.search(text):
            self.ran += sum(map(int, GTEST_RAN.findall(text))) - len(gtest)
        else:
            self.ran += 1

    def __str__(self):
        if not self.skipped:
            return f"{self.ran} tests, none skipped"
        reasons = collections.Counter(reason for _, _, reason in self.skipped)
        return (f"{self.ran} tests, {len(self.skipped)} skipped (" +
                ", ".join(f"{number} {reason}" for reason, number in reasons.most_common()) + ")")


def in_ci():
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    name, log = sys.argv[1], pathlib.Path(sys.argv[2])
    count = Count(log.read_text(encoding="utf-8", errors="replace"))
    for entry, test, reason in count.skipped:
        print(f"skipped in {name}: {entry}: {test}: {reason}")
    if count.skipped and in_ci():
        print("CI is set: what the tests need must be here, nothing may be skipped")
    print(f"{name} {count}")
    sys.exit(1 if count.skipped and in_ci() else 0)


if __name__ == "__main__":
    main()
