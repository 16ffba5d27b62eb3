"""How a scenario's file ends: runs its tests, then tells ctest and tests/count_tests.py what became of them."""
import sys
import unittest

NOTHING_RAN = 77  # ctest counts the entry as skipped


def main():
    """Ends the process: with 0, with 1 if a test failed, with NOTHING_RAN if all were skipped. The last lines of the output are
    one for each skipped test (`SKIPPED test: reason`; a class counts once) and `RAN number`."""
    result = unittest.main(verbosity=2, exit=False).result
    ran = result.testsRun
    for case, reason in result.skipped:
        # A test that skips but a part of itself has run, and a class skipped as a whole was never counted.
        ran -= isinstance(case, unittest.TestCase) and not isinstance(case, unittest.case._SubTest)  # pylint: disable=protected-access
        print(f"SKIPPED {case}: {' '.join(reason.split())}")
    print(f"RAN {ran}", flush=True)
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(NOTHING_RAN if result.skipped and ran == 0 else 0)
