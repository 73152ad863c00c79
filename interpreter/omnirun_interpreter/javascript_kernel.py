"""JavaScript: Node.js, evaluated by its own REPL."""

import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from omnirun_interpreter.child_kernel import Child, ChildEndedError, ChildKernel, CodeError

_EVALUATOR = Path(__file__).with_name("evaluator.js")

_READ_BYTES = 64 * 1024

_ABANDON_SECONDS = 3.0
"""How long code may take to end when it is interrupted; what loops after an await does not end at all."""

_INTERRUPT_SECONDS = 0.3
"""An interrupt that comes between two steps of the REPL is lost, so it is sent again."""


class Node(Child):
    """A Node.js that answers line by line. It is started after a claim, so no two sandboxes share its random numbers."""

    def __init__(self) -> None:
        request_read, request_write = os.pipe()
        answer_read, answer_write = os.pipe()
        environment = {**os.environ, "OMNIRUN_REQUESTS": str(request_read), "OMNIRUN_ANSWERS": str(answer_write)}
        self._process = subprocess.Popen(
            ["node", "--no-warnings", str(_EVALUATOR)],
            stdin=subprocess.DEVNULL,
            pass_fds=(request_read, answer_write),
            env=environment,
        )
        os.close(request_read)
        os.close(answer_write)
        self._requests = os.fdopen(request_write, "wb", buffering=0)
        self._answers = os.fdopen(answer_read, "rb", buffering=0)
        self._unread = bytearray()
        self._number = 0
        self._line()  # It is there: an interrupt before would end it.

    def execute(self, code: str, variables: dict[str, str]) -> Iterator[dict[str, Any]]:
        """Execute code in the one global scope that all executions share."""
        self._number += 1
        request = json.dumps({"number": self._number, "code": code, "variables": variables}).encode() + b"\n"
        try:
            while request:
                request = request[self._requests.write(request) :]
        except BrokenPipeError:
            self._ended()
        while True:
            answer = json.loads(self._line())
            if answer["number"] != self._number:
                continue  # A timer of an earlier execution has shown it after that had ended.
            if "data" in answer:
                yield answer
            elif "error" in answer:
                raise CodeError(**answer["error"])
            else:
                return

    def abandon(self) -> None:
        """Interrupt what is executed and read to its last answer; kill Node if that does not come."""
        end = time.monotonic() + _ABANDON_SECONDS
        last = f'"number":{self._number}}}\n'.encode()
        while time.monotonic() < end:
            self._process.send_signal(signal.SIGINT)
            again = time.monotonic() + _INTERRUPT_SECONDS
            while self._readable(again):
                line = self._line()
                if line.endswith(last) and not line.startswith(b'{"main":'):
                    return
        self._process.kill()
        self._ended()

    def _readable(self, end: float) -> bool:
        return b"\n" in self._unread or bool(select.select([self._answers], [], [], max(0.0, end - time.monotonic()))[0])

    def _line(self) -> bytes:
        searched = 0
        while (found := self._unread.find(b"\n", searched)) < 0:
            searched = len(self._unread)
            read = self._answers.read(_READ_BYTES)
            if not read:
                self._ended()
            self._unread += read
        line = bytes(self._unread[: found + 1])
        del self._unread[: found + 1]
        return line

    def _ended(self) -> NoReturn:
        status = self._process.wait()
        self._requests.close()
        self._answers.close()
        raise ChildEndedError(f"Node.js ended with status {status}")


class JavaScriptKernel(ChildKernel):
    """Node.js as a kernel."""

    banner = "Node.js"
    language_info = {"name": "javascript", "mimetype": "text/javascript", "file_extension": ".js"}  # noqa: RUF012 (a trait of the base class)

    def start_child(self) -> Child:
        """Start Node.js."""
        return Node()
