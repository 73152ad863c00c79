"""One running kernel, as the service sees it."""

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import zmq
import zmq.asyncio
from jupyter_client.asynchronous import AsyncKernelClient

from omnirun_interpreter import limits
from omnirun_interpreter.errors import KernelDiedError
from omnirun_interpreter.kernel_process import CONNECTION_FILE
from omnirun_interpreter.zygote_client import ZygoteClient

RUNTIME_DIRECTORY = Path(os.environ.get("OMNIRUN_INTERPRETER_RUN", "/run/omnirun/interpreter"))
"""Where kernels' sockets are; only root gets in."""

_WARM_UP = "0"
"""Is executed silently, and so leaves no trace; the kernels of other languages than Python do not execute what is silent."""

_SUBSCRIBE_SECONDS = 0.1
"""A subscription that has just been made may miss what is said at once; then it is asked again, with growing patience."""


class Kernel:
    """A forked kernel and the connection to it. Belongs to one event loop."""

    def __init__(self, pid: int, end: asyncio.Future[int], directory: Path, client: AsyncKernelClient) -> None:
        self.pid = pid
        self._end = end
        self._directory = directory
        self._client = client
        self._executing = ""
        self._messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._reader: asyncio.Task[None] | None = None

    @classmethod
    async def start(cls, zygote: ZygoteClient, language: str, cwd: str) -> "Kernel":
        """Fork a kernel and wait until it answers; a KernelDiedError if it does not."""
        directory = _connection_directory()
        try:
            pid, end, ready = await zygote.fork(language, directory, cwd)
        except BaseException:
            shutil.rmtree(directory)
            raise
        client = AsyncKernelClient(context=_context())
        kernel = cls(pid, end, directory, client)
        try:
            async with asyncio.timeout(limits.START_SECONDS):
                await _readable(ready)
                if os.read(ready, 1) != b"1":
                    raise KernelDiedError(f"the {language} kernel did not start: {_how_ended(await end)}")
                client.load_connection_file(str(directory / CONNECTION_FILE))
                client.start_channels(shell=True, iopub=True, stdin=False, hb=False, control=False)
                await kernel._subscribe()
                kernel._reader = asyncio.create_task(kernel._read())
        except TimeoutError:
            await kernel.stop()
            raise KernelDiedError(f"the {language} kernel did not answer for {limits.START_SECONDS:.0f} s") from None
        except BaseException:
            await kernel.stop()
            raise
        finally:
            os.close(ready)
        return kernel

    async def _subscribe(self) -> None:
        """Execute next to nothing until its end is heard: what comes after that is heard, too, and the kernel's code is warm."""
        asked: set[str] = set()
        patience = _SUBSCRIBE_SECONDS
        while True:
            asked.add(self._client.execute(_WARM_UP, silent=True))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._idle_after(asked)
                    return
            self._raise_if_ended()
            patience *= 2

    async def _idle_after(self, message_ids: set[str]) -> None:
        while True:
            message = await self._client.get_iopub_msg(timeout=None)
            if message["parent_header"].get("msg_id") in message_ids and _is_idle(message):
                return

    async def _read(self) -> None:
        """Take all that the kernel says, so that nothing piles up, and keep what is about the present execution."""
        while True:
            try:
                message = await self._client.get_iopub_msg(timeout=None)
            except (ValueError, KeyError, TypeError):
                continue  # Code has the kernel's key and sockets, and may say what is no message.
            if message["parent_header"].get("msg_id") == self._executing:
                self._messages.put_nowait(message)

    async def execute(self, code: str, variables: dict[str, str]) -> AsyncIterator[dict[str, Any]]:
        """Execute code and yield Jupyter's messages about it until it has ended; a KernelDiedError if the kernel has."""
        self._raise_if_ended()
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        request = self._client.session.msg("execute_request", content, metadata={"env_vars": variables})
        self._executing = request["header"]["msg_id"]
        self._client.shell_channel.send(request)
        try:
            while not _is_idle(message := await self._next_message()):
                yield message
        finally:
            self._executing = ""
            self._messages = asyncio.Queue()
        while await self._client.shell_channel.msg_ready():
            await self._client.get_shell_msg()

    async def _next_message(self) -> dict[str, Any]:
        """Return the next message, also of a kernel that has ended since it said it."""
        message = asyncio.ensure_future(self._messages.get())
        try:
            waited: set[asyncio.Future[Any]] = {message, self._end}
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            while not message.done():
                if not await self._client.iopub_channel.msg_ready():
                    self._raise_if_ended()
                await asyncio.sleep(0)  # The reader's turn.
            return message.result()
        finally:
            message.cancel()

    def _raise_if_ended(self) -> None:
        if self._end.done():
            raise KernelDiedError(_how_ended(self._end.result()))

    def has_ended(self) -> bool:
        """Say whether the process is gone."""
        return self._end.done()

    def interrupt(self) -> None:
        """Send SIGINT to the kernel and what it has started, as a terminal does."""
        self._signal(signal.SIGINT)

    async def kill(self) -> None:
        """Kill the kernel with all that is in its session's first process group; who waits for its messages gets a KernelDiedError."""
        self._signal(signal.SIGKILL)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limits.STOP_SECONDS):
                await asyncio.shield(self._end)

    async def stop(self) -> None:
        """Kill a kernel whose messages nobody waits for, and free what it held."""
        await self.kill()
        if self._reader is not None:
            self._reader.cancel()
        self._client.stop_channels()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _signal(self, number: int) -> None:
        if self._end.done():
            return
        try:
            os.killpg(self.pid, number)
        except ProcessLookupError:
            # It has not come to be the leader of a group yet, or is gone and not reported yet.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


def _connection_directory() -> Path:
    directory = RUNTIME_DIRECTORY / secrets.token_hex(8)
    directory.mkdir(mode=0o700, parents=True)
    names = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")
    connection = {
        "transport": "ipc",
        "ip": str(directory / "socket"),
        "signature_scheme": "hmac-sha256",
        "key": secrets.token_hex(32),
        **{name: number for number, name in enumerate(names, start=1)},
    }
    (directory / CONNECTION_FILE).write_text(json.dumps(connection), encoding="utf-8")
    return directory


def _context() -> zmq.asyncio.Context:
    """Return a context in which nothing that a kernel says is dropped; its budget bounds what that can be."""
    context = zmq.asyncio.Context.instance()
    context.rcvhwm = 0
    return context


async def _readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    readable = loop.create_future()

    def is_readable() -> None:
        if not readable.done():
            readable.set_result(None)

    loop.add_reader(descriptor, is_readable)
    try:
        await readable
    finally:
        loop.remove_reader(descriptor)


def _is_idle(message: dict[str, Any]) -> bool:
    return bool(message["msg_type"] == "status" and message["content"]["execution_state"] == "idle")


def _how_ended(status: int) -> str:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        hint = "; the guest's memory may have run out" if number == signal.SIGKILL else ""
        return f"it was killed by signal {number} ({signal.strsignal(number)}{hint})"
    return f"it exited with status {os.WEXITSTATUS(status)}"
