"""The process that kernels are forked from, with everything loaded that they need.

It has one thread and no sockets but the one to the service, so a fork of it is whole. A golden snapshot holds it; a kernel is forked
only when somebody wants one, so no kernel of a sandbox has lived in another, and none has drawn a random number there.
"""

import json
import os
import select
import signal
import socket
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from omnirun_interpreter import kernel_process

MAX_MESSAGE_BYTES = 64 * 1024
"""A message names a directory and a few words; it is far from this."""


def serve(service: socket.socket) -> None:
    """Fork what the service asks for and tell it what has ended; return when it has closed its end.

    A request is {"directory", "language", "cwd"} with a descriptor, to which a byte is written when the kernel is ready;
    it is answered {"pid"} or {"refused"}. Unasked comes {"ended": pid, "status": as of wait}.
    """
    wake_read, wake_write = socket.socketpair()
    for end in (wake_read, wake_write):
        end.setblocking(False)
    signal.set_wakeup_fd(wake_write.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, _nothing)
    try:
        _loop(service, wake_read, lambda: _leave(service, wake_read, wake_write))
    finally:
        signal.set_wakeup_fd(-1)


def _nothing(_number: int, _frame: object) -> None:
    """Have the signal wake the poll and not be ignored."""


def _loop(service: socket.socket, wake: socket.socket, leave: Callable[[], None]) -> None:
    poll = select.poll()
    poll.register(service, select.POLLIN)
    poll.register(wake, select.POLLIN)
    while True:
        for descriptor, _ in poll.poll():
            if descriptor == wake.fileno():
                wake.recv(4096)
                _reap(service)
            elif not _answer(service, leave):
                return


def _leave(*sockets: socket.socket) -> None:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for one in sockets:
        one.close()


def _answer(service: socket.socket, leave: Callable[[], None]) -> bool:
    message, descriptors, _, _ = socket.recv_fds(service, MAX_MESSAGE_BYTES, 1)
    if not message:
        return False
    request = json.loads(message)
    ready = descriptors[0]
    try:
        pid = os.fork()
    except OSError as error:
        _tell(service, {"refused": str(error)})
    else:
        if pid == 0:
            _become_kernel(request, ready, leave)
        _tell(service, {"pid": pid})
    finally:
        os.close(ready)
    return True


def _become_kernel(request: dict[str, str], ready: int, leave: Callable[[], None]) -> NoReturn:
    status = 1
    try:
        leave()
        kernel_process.become(request["language"], Path(request["directory"]), request["cwd"], ready)
        status = 0
    except Exception:  # There is nobody above.
        traceback.print_exc()
    finally:
        # Whatever happens, nothing of the parent's runs in here.
        os._exit(status)


def _reap(service: socket.socket) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        _tell(service, {"ended": pid, "status": status})


def _tell(service: socket.socket, message: dict[str, object]) -> None:
    try:
        service.send(json.dumps(message).encode())
    except (BrokenPipeError, ConnectionResetError):
        return  # The service has gone; the next poll says so.
