"""JavaScript: Node.js, evaluated by its own REPL."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from omnirun_interpreter.child_kernel import Child, ChildEndedError, ChildKernel, CodeError

_EVALUATOR = Path(__file__).with_name("evaluator.js")


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
        self._answers = os.fdopen(answer_read, "rb")

    def execute(self, code: str, variables: dict[str, str]) -> Iterator[dict[str, Any]]:
        """Execute code in the one global scope that all executions share."""
        try:
            self._requests.write(json.dumps({"code": code, "variables": variables}).encode() + b"\n")
        except BrokenPipeError:
            self._ended()
        while True:
            line = self._answers.readline()
            if not line.endswith(b"\n"):
                self._ended()
            answer = json.loads(line)
            if "data" in answer:
                yield answer
            elif "error" in answer:
                raise CodeError(**answer["error"])
            else:
                return

    def _ended(self) -> None:
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
