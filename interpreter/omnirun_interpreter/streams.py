"""Kernels' standard streams, bounded."""

import array
import codecs
import fcntl
import os
import select
import termios
import threading

from ipykernel.iostream import OutStream

from omnirun_interpreter.budget import BUDGET
from omnirun_interpreter.texts import well_formed

_READ_BYTES = 64 * 1024

_DRAIN_SECONDS = 1.0
"""How long what programs have written is waited for; it is there already, but others may go on writing."""


class BoundedOutStream(OutStream):  # type: ignore[misc]
    """Passes on what the budget allows. Descriptors 1 and 2 are read to their end whatever is written to them."""

    def write(self, string: str) -> int:
        """Print a text, or as much of it as is passed on."""
        if not isinstance(string, str):
            raise TypeError(f"write() argument must be str, not {type(string)}")
        passed = BUDGET.printed(well_formed(string))
        if passed:
            super().write(passed)
        return len(string)

    def flush(self) -> None:
        """Send everything, also what other programs have written to the descriptor by now."""
        if self._is_master_process() and threading.current_thread() is not self.watch_fd_thread:
            self._drain()
        super().flush()

    def _setup_stream_redirects(self, name: str) -> None:
        # Held while what was written is read and passed on; told after each time.
        self._reading = threading.Condition()
        super()._setup_stream_redirects(name)

    def _drain(self) -> None:
        with self._reading:
            self._reading.wait_for(lambda: _readable_bytes(self._fid) == 0, _DRAIN_SECONDS)

    def _watch_pipe_fd(self) -> None:
        # ipykernel's own ends at the first byte that is not UTF-8, and whoever writes to the pipe then waits for ever.
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        poll = select.poll()
        poll.register(self._fid, select.POLLIN)
        while self._should_watch:
            poll.poll()
            with self._reading:
                read = os.read(self._fid, _READ_BYTES)
                if not read:
                    return
                self.write(decoder.decode(read))
                self._reading.notify_all()


def _readable_bytes(descriptor: int) -> int:
    count = array.array("i", [0])
    fcntl.ioctl(descriptor, termios.FIONREAD, count)
    return count[0]
