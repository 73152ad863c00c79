"""Runs one kernel in a process that was forked for it."""

import asyncio
import logging
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel

from omnirun_interpreter.budget import BUDGET
from omnirun_interpreter.session import BoundedSession


class BoundedKernel(Kernel):  # type: ignore[misc]
    """A kernel whose executions have a budget, and whose requests may bring environment variables for the one execution."""

    async def execute_request(self, stream: Any, ident: Any, parent: dict[str, Any]) -> None:
        """Execute as the base class does."""
        BUDGET.renew()
        with self.variables((parent.get("metadata") or {}).get("env_vars") or {}):
            await super().execute_request(stream, ident, parent)

    def variables(self, variables: dict[str, str]) -> AbstractContextManager[None]:
        """Have code see the variables, and afterwards what it saw before."""
        return _process_variables(variables)


@contextmanager
def _process_variables(variables: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


class KernelApp(IPKernelApp):  # type: ignore[misc]
    """Jupyter's own application without what only notebooks on a desk need: configuration files, history, heartbeat."""

    def parse_command_line(self, argv: Any = None) -> None:
        """Have none, and do not spend a third of the start on a parser of it."""

    def load_config_file(self, *args: Any, **keywords: Any) -> None:
        """Read none: the kernel is the same in every sandbox."""

    def init_heartbeat(self) -> None:
        """Have none: who forked the kernel learns of its end at once."""

    def init_crash_handler(self) -> None:
        """Have none: a crash is seen as the process's end."""

    def _try_bind_socket(self, s: Any, port: int) -> Any:
        # Nothing is dropped on its way; the budget bounds what can be on it.
        s.sndhwm = 0
        return super()._try_bind_socket(s, port)


def run(kernel_class: type[Kernel], connection_file: Path, ready: int) -> None:
    """Serve a connection until the process is killed; a byte is written to ready when it can be connected to."""
    asyncio.set_event_loop(asyncio.new_event_loop())
    app = KernelApp.instance(  # The one that magics ask for.
        connection_file=str(connection_file),
        kernel_class=kernel_class,
        log_level=logging.ERROR,  # That there is no debugger is no news.
        session=BoundedSession(),
        outstream_class="omnirun_interpreter.streams.BoundedOutStream",
    )
    app.initialize([])
    os.write(ready, b"1")
    os.close(ready)
    app.start()
