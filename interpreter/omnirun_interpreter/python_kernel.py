"""Python: IPython's own kernel."""

from pathlib import Path
from typing import Any

from ipykernel.compiler import XCachingCompiler
from ipykernel.ipkernel import IPythonKernel
from ipykernel.zmqshell import ZMQInteractiveShell
from matplotlib_inline.backend_inline import configure_inline_support
from traitlets.config import Config

from omnirun_interpreter.kernel_app import BoundedKernel

INLINE_BACKEND = "module://matplotlib_inline.backend_inline"


def prepare_shell() -> None:
    """Make IPython's shell before the fork, which is most of what a kernel's start costs.

    It has executed nothing, keeps no history and has no thread; the fork gives it its kernel, and so its connection.
    """
    ZMQInteractiveShell.instance(
        config=Config(HistoryManager={"enabled": False}, IPCompleter={"use_jedi": False}), compiler_class=XCachingCompiler
    )


class PythonKernel(BoundedKernel, IPythonKernel):  # type: ignore[misc]
    """IPython with plots shown inline."""

    def __init__(self, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.shell.kernel = self
        self.shell.parent = self
        self.shell.starting_dir = str(Path.cwd())
        self.shell.init_sys_modules()
        configure_inline_support(self.shell, INLINE_BACKEND)
