"""Turns a fork of the zygote into a kernel of its own."""

import contextlib
import ctypes
import importlib
import os
import random
import signal
import sys
from pathlib import Path

from omnirun_interpreter.environment import sandbox_variables
from omnirun_interpreter.languages import LANGUAGES

CONNECTION_FILE = "connection.json"

_PR_SET_PDEATHSIG = 1


def become(language: str, directory: Path, cwd: str, ready: int) -> None:
    """Run the kernel of a language in this process until it ends."""
    os.setsid()
    die_with_parent()
    set_oom_score(0)
    _use_null_streams()
    os.environ.clear()
    os.environ.update(sandbox_variables())
    _enter(cwd)
    sys.path[0] = ""
    sys.argv = [""]
    reseed()
    module, name = LANGUAGES[language].kernel_class
    kernel_class = getattr(importlib.import_module(module), name)
    kernel_app = importlib.import_module("omnirun_interpreter.kernel_app")  # Not above: preload decides what ipykernel loads.
    kernel_app.run(kernel_class, directory / CONNECTION_FILE, ready)


def reseed() -> None:
    """Draw new seeds of the kernel's generator, which each sandbox has its own of, for what was loaded before the fork.

    OpenSSL notices a fork by itself, and uuid and secrets ask the kernel each time.
    """
    random.seed()
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent has died."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def set_oom_score(adjustment: int) -> None:
    """Say how readily the kernel's OOM killer takes this process; only root may lower it."""
    with contextlib.suppress(PermissionError):
        Path("/proc/self/oom_score_adj").write_text(str(adjustment), encoding="ascii")


def _enter(cwd: str) -> None:
    """Go to a directory, or to the next best one if it is gone: a context without its directory can still compute."""
    for directory in (cwd, os.environ["HOME"], "/"):
        with contextlib.suppress(OSError):
            os.chdir(directory)
            return


def _use_null_streams() -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1):  # Errors of the start go where the service's own go.
        os.dup2(null, standard)
    os.close(null)
