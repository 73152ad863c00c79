"""Run in the golden machine: waits for the service and walks once through what sandboxes do. Nothing of it stays."""

import http.client
import json
import time
from typing import Any

from omnirun_interpreter import limits

_WAIT_SECONDS = 240.0
"""An emulated guest imports for half a minute the first time."""

_STEP_SECONDS = 0.2

_CODE = {
    "python": (
        "1+1",
        "print('hello')",
        "import matplotlib.pyplot as plt; import numpy as np; plt.plot(np.arange(9), np.arange(9) ** 2); plt.show()",
        "1/0",
    ),
    "javascript": ("1+1", "console.log(crypto.randomUUID())", "await Promise.resolve(1)", "throw new Error()"),
    "bash": ("echo hello", "false"),
}


def main() -> None:
    """Wait, then warm each language; the second time finds warm what the first has read."""
    _await_service()
    for _ in range(2):
        for language, cells in _CODE.items():
            context = json.loads(_call("POST", "/contexts", {"language": language}))
            for code in cells:
                _call("POST", "/execute", {"context_id": context["id"], "code": code})
            _call("DELETE", f"/contexts/{context['id']}")
    for context in json.loads(_call("GET", "/contexts")):
        _call("DELETE", f"/contexts/{context['id']}")  # The default ones; their ids would be the same in every sandbox.


def _await_service() -> None:
    end = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            _call("GET", "/health")
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(_STEP_SECONDS)


def _call(method: str, path: str, body: dict[str, Any] | None = None) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", limits.INTERPRETER_PORT, timeout=_WAIT_SECONDS)
    connection.request(method, path, json.dumps(body) if body is not None else None)
    response = connection.getresponse()
    content = response.read()
    if response.status >= http.client.BAD_REQUEST:
        raise SystemExit(f"{method} {path}: {response.status} {content.decode()}")
    return content


if __name__ == "__main__":
    main()
