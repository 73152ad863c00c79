"""What one execution may still put out."""

import json
import threading

from omnirun_interpreter import limits


class ResultTooLargeError(ValueError):
    """A rich result is larger than is passed on."""


class Budget:
    """Counts the output of the present execution. Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.renew()

    def renew(self) -> None:
        """Begin another execution."""
        with self._lock:
            self._printable = limits.MAX_OUTPUT_CHARACTERS
            self._results = limits.MAX_RESULTS_BYTES
            self._errors = limits.MAX_ERRORS
            self._told = False

    def printed(self, text: str) -> str:
        """Return what is passed on of a text that is printed: all of it, or its beginning and a note, or nothing."""
        with self._lock:
            if len(text) <= self._printable:
                self._printable -= len(text)
                return text
            passed = text[: self._printable]
            self._printable = 0
            if self._told:
                return ""
            self._told = True
        return f"{passed}\n[output truncated: an execution may print {limits.MAX_OUTPUT_CHARACTERS} characters]\n"

    def flushed(self) -> None:
        """Count that what was printed goes away in one message more."""
        with self._lock:
            self._printable = max(0, self._printable - limits.MESSAGE_OVERHEAD)

    def may_fail(self) -> bool:
        """Count an error, and say whether it is passed on."""
        with self._lock:
            self._errors -= 1
            return self._errors >= 0

    def say(self, size: int) -> None:
        """Count a message of another type; one that is too much is a ResultTooLargeError."""
        self._take(limits.MESSAGE_OVERHEAD + size)

    def show(self, data: dict[str, object]) -> None:
        """Count a result; one that is too large is a ResultTooLargeError."""
        self._take(limits.RESULT_OVERHEAD + sum(_encoded_bytes(value) for value in data.values()))

    def _take(self, size: int) -> None:
        if size > limits.MAX_RESULT_BYTES:
            raise ResultTooLargeError(
                f"a result of {size} bytes is not shown: at most {limits.MAX_RESULT_BYTES} are; write it to a file instead"
            )
        with self._lock:
            if size > self._results:
                raise ResultTooLargeError(f"the results of one execution may have {limits.MAX_RESULTS_BYTES} bytes in all")
            self._results -= size


def _encoded_bytes(value: object) -> int:
    if not isinstance(value, str):
        _require_shallow(value)
    return len(json.dumps(value, ensure_ascii=False, default=str).encode(errors="replace"))


def _require_shallow(value: object) -> None:
    level = [value]
    for _ in range(limits.MAX_RESULT_DEPTH + 1):
        nested = [one for one in level if isinstance(one, dict | list | tuple)]
        if not nested:
            return
        level = [inner for one in nested for inner in (one.values() if isinstance(one, dict) else one)]
    raise ResultTooLargeError(f"a result that is nested deeper than {limits.MAX_RESULT_DEPTH} is not shown")


BUDGET = Budget()
"""The kernel's own: there is one kernel in a process."""
