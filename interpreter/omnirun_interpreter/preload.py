"""Loads what kernels and service need into the process that they are forked from, so that clones have it in memory.

Nothing here may start a thread, open a socket or draw a random number that is kept: every sandbox is a clone of this.
"""

import contextlib
import importlib
import os
import sys

KERNEL_MODULES = (
    "IPython.core.completerlib",
    "IPython.core.magics",
    "IPython.display",
    "IPython.core.pylabtools",
    "omnirun_interpreter.kernel_app",
    "omnirun_interpreter.streams",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "ipykernel.zmqshell",
    "ipykernel.datapub",
    "ipykernel.pylab.backend_inline",
    "jupyter_client.asynchronous",
    "jupyter_client.session",
    "matplotlib_inline.backend_inline",
    "zmq.asyncio",
    "zmq.eventloop.zmqstream",
)
LIBRARIES = ("csv", "datetime", "decimal", "json", "random", "sqlite3", "ssl", "statistics", "urllib.request", "uuid")
SCIENCE = ("numpy", "numpy.random", "matplotlib.pyplot", "matplotlib.backends.backend_agg", "pandas")


def load() -> None:
    """Import everything that is installed, and make the shell of Python's kernels."""
    _without_debugger()
    # What kernels set, too; it must be there when matplotlib is loaded.
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    for name in (*KERNEL_MODULES, *LIBRARIES, *SCIENCE):
        # A template without pandas has a service without pandas.
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    from omnirun_interpreter import python_kernel

    python_kernel.prepare_shell()


def _without_debugger() -> None:
    """Keep ipykernel from loading debugpy for notebooks' debuggers: it is large. Code of users may still import it."""
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    try:
        importlib.import_module("ipykernel.debugger")
    finally:
        del sys.modules["debugpy"]
