"""A service with real kernels, and a client of its wire."""

import http.client
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

SOURCES = Path(__file__).parent.parent
ANSWER_SECONDS = 60.0


class RunningService:
    """The service in processes of its own; killed at the end."""

    def __init__(self) -> None:
        self._directory = tempfile.TemporaryDirectory()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "omnirun_interpreter", "0"],
            cwd=SOURCES,
            env={**os.environ, "OMNIRUN_INTERPRETER_RUN": self._directory.name},
            start_new_session=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = self._announced_port()

    def _announced_port(self) -> int:
        """Wait until the service says where it listens, or has ended."""
        assert self.process.stdout is not None
        announced = self.process.stdout.readline()
        assert announced.startswith("listening on "), f"the service did not start: {announced!r}"
        return int(announced.rsplit(":", 1)[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.process.kill()
        self.process.communicate()
        self._directory.cleanup()

    def connect(self, method: str, path: str, body: Any = None) -> http.client.HTTPConnection:
        """Send a request and leave the answer to be read."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)
        connection.request(method, path, body if body is None or isinstance(body, bytes) else json.dumps(body))
        return connection

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Return status and content: what the JSON says, or the text."""
        connection = self.connect(method, path, body)
        try:
            response = connection.getresponse()
            text = response.read().decode()
            is_json = "json" in (response.headers["Content-Type"] or "") and text
            return response.status, json.loads(text) if is_json else text
        finally:
            connection.close()

    def create(self, language: str = "python", **fields: Any) -> str:
        """Make a context and return its id; not where a sandbox's user lives, who need not exist here."""
        status, content = self.call("POST", "/contexts", {"language": language, "cwd": str(SOURCES), **fields})
        assert status == 200, content
        return str(content["id"])

    def lines(self, code: str, context_id: str | None = None, **fields: Any) -> list[dict[str, Any]]:
        """Execute and return all lines."""
        return list(self.stream(code, context_id, **fields))

    def stream(self, code: str, context_id: str | None = None, **fields: Any) -> Iterator[dict[str, Any]]:
        """Execute and yield each line as it comes."""
        body = {"code": code, **fields, **({"context_id": context_id} if context_id else {})}
        connection = self.connect("POST", "/execute", body)
        try:
            response = connection.getresponse()
            assert response.status == 200, response.read()
            for line in response:
                yield json.loads(line)
        finally:
            connection.close()

    def text(self, code: str, context_id: str | None = None, **fields: Any) -> Any:
        """Return the text of the main result."""
        lines = self.lines(code, context_id, **fields)
        results = [line for line in lines if line["type"] == "result" and line["is_main_result"]]
        assert results, lines
        return results[-1]["text"]

    def printed(self, code: str, context_id: str | None = None, **fields: Any) -> str:
        """Return what is printed, both streams."""
        return "".join(line["text"] for line in self.lines(code, context_id, **fields) if line["type"] in ("stdout", "stderr"))

    def error(self, code: str, context_id: str | None = None, **fields: Any) -> dict[str, Any]:
        """Return the one error."""
        errors = [line for line in self.lines(code, context_id, **fields) if line["type"] == "error"]
        assert len(errors) == 1, errors
        return errors[0]
