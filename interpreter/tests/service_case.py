"""What tests with a running service share."""

import unittest
from typing import ClassVar

from tests.running_service import RunningService


class ServiceCase(unittest.TestCase):
    """One service for all tests of a class; each test has a context of its own where its state matters."""

    service: ClassVar[RunningService]

    @classmethod
    def setUpClass(cls) -> None:
        cls.service = cls.enterClassContext(RunningService())
