"""A kernel around a program that keeps the state and executes."""

import signal
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, cast

from omnirun_interpreter.kernel_app import BoundedKernel
from omnirun_interpreter.streams import BoundedOutStream


def _nothing(_number: int, _frame: object) -> None:
    """Go on waiting."""


class ChildEndedError(Exception):
    """The program has ended; the text says how."""


class CodeError(Exception):
    """The code has failed in its language's own way."""

    def __init__(self, name: str, value: str, traceback: str = "") -> None:
        super().__init__(value)
        self.name = name
        self.value = value
        self.traceback = traceback


class Child(ABC):
    """The program. It writes to the kernel's own standard streams, which are read and bounded there."""

    @abstractmethod
    def execute(self, code: str, variables: dict[str, str]) -> Iterator[dict[str, Any]]:
        """Execute code and yield "main" and "data" of each result; raise CodeError or ChildEndedError."""

    @abstractmethod
    def abandon(self) -> None:
        """End an execution whose results nobody takes any more; raise ChildEndedError if the program had to end for it."""


class ChildKernel(BoundedKernel):
    """Executes in a child, which is started again when it has ended."""

    implementation = "omnirun"
    implementation_version = "1"

    def __init__(self, **keywords: Any) -> None:
        super().__init__(**keywords)
        # The program gets each interrupt itself, and answers. A handler, for what is ignored here would be ignored there, too.
        signal.signal(signal.SIGINT, _nothing)
        self._variables: dict[str, str] = {}
        self._child = self.start_child()

    def pre_handler_hook(self) -> None:
        """Leave interrupts to the program."""

    def post_handler_hook(self) -> None:
        """Leave interrupts to the program."""

    def start_child(self) -> Child:
        """Start the program."""
        raise NotImplementedError

    @contextmanager
    def _child_variables(self, variables: dict[str, str]) -> Iterator[None]:
        self._variables = variables
        yield
        self._variables = {}

    def variables(self, variables: dict[str, str]) -> AbstractContextManager[None]:
        """Hand the variables to the program, not to this process."""
        return self._child_variables(variables)

    def set_parent(self, ident: Any, parent: dict[str, Any], channel: str = "shell") -> None:
        """Say what streams print for, which IPython's shell does for its own kernel."""
        super().set_parent(ident, parent, channel)
        for stream in (sys.stdout, sys.stderr):
            cast(BoundedOutStream, stream).set_parent(parent)

    def do_execute(  # noqa: PLR0913 (the base class's)
        self,
        code: str,
        silent: bool,
        store_history: bool = True,
        user_expressions: Any = None,
        allow_stdin: bool = False,
        *,
        cell_id: Any = None,
    ) -> dict[str, Any]:
        """Execute a request's code."""
        if silent or not code.strip():
            return self._reply("ok")
        try:
            for result in self._child.execute(code, self._variables):
                sys.stdout.flush()
                sys.stderr.flush()
                self._show(result)
        except CodeError as failure:
            return self._fail(failure)
        except ChildEndedError as error:
            return self._fail(self._begin_anew(error))
        except Exception as error:  # Whatever it is, it is told, and the next execution finds the program ready.
            return self._fail(self._abandon(error))
        return self._reply("ok")

    def _begin_anew(self, error: ChildEndedError) -> CodeError:
        self._child = self.start_child()
        return CodeError("Exited", f"{error}; the context's state is lost, and it has begun anew")

    def _abandon(self, error: Exception) -> CodeError:
        text = str(error)
        try:
            self._child.abandon()
        except ChildEndedError as ended:
            text = f"{text}; {self._begin_anew(ended).value}"
        return CodeError(type(error).__name__, text)

    def _show(self, result: dict[str, Any]) -> None:
        content = {"data": result["data"], "metadata": {}}
        if result["main"]:
            content["execution_count"] = self.execution_count
        self.send_response(self.iopub_socket, "execute_result" if result["main"] else "display_data", content)

    def _fail(self, failure: CodeError) -> dict[str, Any]:
        sys.stdout.flush()
        sys.stderr.flush()
        content = {"ename": failure.name, "evalue": failure.value, "traceback": failure.traceback.splitlines()}
        self.send_response(self.iopub_socket, "error", content)
        return {**self._reply("error"), **content}

    def _reply(self, status: str) -> dict[str, Any]:
        return {"status": status, "execution_count": self.execution_count, "payload": [], "user_expressions": {}}
