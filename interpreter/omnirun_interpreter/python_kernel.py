"""Python: IPython's own kernel."""

import signal
import time
from pathlib import Path
from types import FrameType
from typing import Any

from ipykernel.compiler import XCachingCompiler
from ipykernel.ipkernel import IPythonKernel
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.pylabtools import activate_matplotlib
from matplotlib import pyplot
from matplotlib_inline.backend_inline import configure_inline_support, flush_figures
from traitlets.config import Config

from omnirun_interpreter.kernel_app import BoundedKernel

_UNDISTURBED_SECONDS = 2.0
"""How long after an interrupt, or what tells of it, another has no effect: it would hit the kernel, not code."""

_TELLING_SECONDS = 20.0
"""How long an interrupt may be told of: a moment, seconds on an emulated guest under load; longer means that code has a part in it."""

INLINE_BACKEND = "module://matplotlib_inline.backend_inline"


def prepare_shell() -> None:
    """Make IPython's shell before the fork, which is most of what a kernel's start costs, and have it show plots inline.

    It has executed nothing, keeps no history and has no thread; the fork gives it its kernel, and so its connection.
    """
    shell = ZMQInteractiveShell.instance(
        config=Config(HistoryManager={"enabled": False}, IPCompleter={"use_jedi": False}),
        compiler_class=XCachingCompiler,
    )
    activate_matplotlib(INLINE_BACKEND)
    configure_inline_support(shell, INLINE_BACKEND)
    _draw(shell)


def _draw(shell: ZMQInteractiveShell) -> None:
    """Draw once as plots are drawn, so that fonts are read."""
    figure, axes = pyplot.subplots()
    axes.plot([1, 2], [1, 2], label="line")
    axes.set_title("title")
    axes.legend()
    shell.display_formatter.format(figure)
    pyplot.close(figure)
    flush_figures()


class PythonKernel(BoundedKernel, IPythonKernel):  # type: ignore[misc]
    """IPython with plots shown inline."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.shell.kernel = self
        self.shell.parent = self
        self.shell.starting_dir = str(Path.cwd())
        self.shell.init_sys_modules()

    def pre_handler_hook(self) -> None:
        """Have interrupts interrupt the code, and not what tells of the interrupt."""
        self._interrupted = -_TELLING_SECONDS
        self._undisturbed_until = 0.0
        self.saved_sigint_handler = signal.signal(signal.SIGINT, self._interrupt)

    def _interrupt(self, _number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if now - self._interrupted < _TELLING_SECONDS and _is_telling(frame):
            self._undisturbed_until = now + _UNDISTURBED_SECONDS
        if now >= self._undisturbed_until:
            self._interrupted = now
            self._undisturbed_until = now + _UNDISTURBED_SECONDS
            raise KeyboardInterrupt


def _is_telling(frame: FrameType | None) -> bool:
    """Say whether IPython makes or shows a traceback; an interrupt then would take the error from the answer."""
    while frame is not None and frame.f_code is not InteractiveShell.showtraceback.__code__:
        frame = frame.f_back
    return frame is not None
