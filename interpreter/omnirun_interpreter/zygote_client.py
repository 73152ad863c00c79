"""The service's end of the zygote."""

import asyncio
import contextlib
import json
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

from omnirun_interpreter.zygote import MAX_MESSAGE_BYTES

Forked = tuple[int, asyncio.Future[int], int]
"""A kernel's pid, its end, and the descriptor that says when it is ready."""


class ForkRefusedError(Exception):
    """The guest has no room for another process."""


class ZygoteClient:
    """Asks the zygote for kernels, and hears which have ended. Belongs to one event loop."""

    def __init__(self, zygote: socket.socket, when_lost: Callable[[], None]) -> None:
        self._zygote = zygote
        self._when_lost = when_lost
        self._turn = asyncio.Lock()
        self._answer: asyncio.Future[dict[str, object]] | None = None
        self._ends: dict[int, asyncio.Future[int]] = {}
        zygote.setblocking(False)
        asyncio.get_running_loop().add_reader(zygote, self._receive)

    async def fork(self, language: str, directory: Path, cwd: str) -> Forked:
        """Fork a kernel for the connection in a directory. It is killed if who asked has gone before it is there.

        Returns its pid, what gets its wait status when it has ended, and a descriptor that is readable when it can be
        connected to (a byte) or has ended before (end of file); the caller closes that.
        """
        exchange = asyncio.ensure_future(self._exchange({"language": language, "directory": str(directory), "cwd": cwd}))
        try:
            # Never broken off: the next to ask would get this one's answer.
            return await asyncio.shield(exchange)
        except asyncio.CancelledError:
            exchange.add_done_callback(_give_up)
            raise

    async def _exchange(self, request: dict[str, str]) -> Forked:
        read, write = os.pipe2(os.O_CLOEXEC)
        try:
            async with self._turn:
                self._answer = asyncio.get_running_loop().create_future()
                socket.send_fds(self._zygote, [json.dumps(request).encode()], [write])
                answer = await self._answer
        except BaseException:
            os.close(read)
            raise
        finally:
            os.close(write)
        if "refused" in answer:
            os.close(read)
            raise ForkRefusedError(str(answer["refused"]))
        pid = int(str(answer["pid"]))
        return pid, self._end_of(pid), read

    def _end_of(self, pid: int) -> asyncio.Future[int]:
        return self._ends.setdefault(pid, asyncio.get_running_loop().create_future())

    def _receive(self) -> None:
        try:
            message = self._zygote.recv(MAX_MESSAGE_BYTES)
        except BlockingIOError:
            return
        except ConnectionResetError:
            message = b""
        if not message:
            asyncio.get_running_loop().remove_reader(self._zygote)
            self._when_lost()
            return
        content = json.loads(message)
        if "ended" in content:
            self._ends.pop(content["ended"], asyncio.get_running_loop().create_future()).set_result(content["status"])
        elif self._answer is not None and not self._answer.done():
            if "pid" in content:
                self._end_of(content["pid"])  # Before its end can come.
            self._answer.set_result(content)


def _give_up(exchange: asyncio.Future[Forked]) -> None:
    if exchange.cancelled() or exchange.exception() is not None:
        return
    pid, end, ready = exchange.result()
    os.close(ready)
    if not end.done():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
