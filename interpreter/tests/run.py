"""Runs all tests and names each as Go does, so that ./dev test counts them: python3 -m tests.run."""

import sys
import unittest
from typing import Any


class CountedResult(unittest.TextTestResult):
    """Prints a line for each test."""

    def startTest(self, test: unittest.TestCase) -> None:  # noqa: N802 (unittest's)
        super().startTest(test)
        self.reported = len(self.failures) + len(self.errors)

    def stopTest(self, test: unittest.TestCase) -> None:  # noqa: N802 (unittest's)
        failed = len(self.failures) + len(self.errors) > self.reported
        print(f"--- {'FAIL' if failed else 'PASS'}: {test.id()}", flush=True)
        super().stopTest(test)

    def addError(self, test: Any, err: Any) -> None:  # noqa: N802 (unittest's)
        if not isinstance(test, unittest.TestCase):  # What came before the tests of a class.
            print(f"--- FAIL: {test.id()}", flush=True)
        super().addError(test, err)


if __name__ == "__main__":
    suite = unittest.defaultTestLoader.discover("tests", top_level_dir=".")
    runner = unittest.TextTestRunner(stream=sys.stdout, verbosity=0, resultclass=CountedResult)  # type: ignore[arg-type]
    outcome = runner.run(suite)
    sys.exit(not outcome.wasSuccessful())
