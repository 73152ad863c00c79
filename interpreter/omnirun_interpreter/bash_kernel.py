"""Bash: one interactive shell without a terminal."""

import os
import shlex
import subprocess
from collections.abc import Iterator
from typing import Any

from omnirun_interpreter.child_kernel import Child, ChildEndedError, ChildKernel, CodeError

_INTERRUPTED = 130
"""A shell's status of a command that SIGINT has ended."""

_MAX_STALE = 3
"""Answers to what was told before, after something new was: so many prompts mean that an interrupt has taken it from the input."""


class Bash(Child):
    """A shell that is interactive, so that an interrupt ends the command and not the shell.

    Before each prompt, which is empty, it writes the last status to a descriptor of ours, with the number of what it was told: then it has
    done that. An interrupt at the prompt makes another one.
    """

    def __init__(self) -> None:
        answer_read, answer_write = os.pipe()
        errors = os.dup(2)
        # The code is in no file system, which might be full, or be emptied by code.
        self._code = os.memfd_create("code")
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc", "--noediting", "-i", "+m"],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # Until it has complained that there is no terminal.
            pass_fds=(answer_write, errors),
            env={
                **os.environ,
                "PS1": "",
                "PS2": "",
                "PROMPT_COMMAND": f'\\builtin printf "%s\\n" "$? ${{__omnirun_number-0}}" >&{answer_write}',
            },
        )
        os.close(answer_write)
        self._answers = os.fdopen(answer_read, "rb")
        self._number = 0
        self._status()
        self._do(f"exec 2>&{errors} {errors}>&-; set +o history +m; readonly PROMPT_COMMAND; export -n PS1 PS2 PROMPT_COMMAND")
        os.close(errors)

    def execute(self, code: str, variables: dict[str, str]) -> Iterator[dict[str, Any]]:
        """Execute code in the one shell; a status that is not 0 is a CodeError."""
        if variables:
            self._evaluate(_prologue(variables))
        status = self._evaluate(code)
        if variables:
            self._evaluate('\\builtin eval "$__omnirun_restore"; \\builtin unset __omnirun_restore')
        if status == _INTERRUPTED:
            raise CodeError("KeyboardInterrupt", "")
        if status != 0:
            raise CodeError("ExitStatus", str(status))
        yield from ()

    def abandon(self) -> None:
        """Have nothing to end: the shell shows no results, so an execution fails before it begins or not at all."""

    def _evaluate(self, code: str) -> int:
        os.ftruncate(self._code, 0)
        with open(self._code, "wb", closefd=False) as file:
            file.seek(0)
            file.write(code.encode(errors="surrogateescape"))
        return self._do(f'\\builtin eval "$(</proc/{os.getpid()}/fd/{self._code})" </dev/null')

    def _do(self, line: str) -> int:
        assert self._process.stdin is not None
        self._number += 1
        try:
            self._process.stdin.write(f"__omnirun_number={self._number}; {line}\n".encode())
            self._process.stdin.flush()
        except BrokenPipeError:
            self._ended()
        return self._status()

    def _status(self) -> int:
        for _ in range(_MAX_STALE):
            line = self._answers.readline()
            if not line.endswith(b"\n"):
                self._ended()
            status, _, number = line.decode().partition(" ")
            if int(number) == self._number:
                return int(status)
        return _INTERRUPTED

    def _ended(self) -> None:
        status = self._process.wait()
        self._answers.close()
        os.close(self._code)
        raise ChildEndedError(f"the shell ended with status {status}")


def _prologue(variables: dict[str, str]) -> str:
    names = " ".join(shlex.quote(name) for name in variables)
    exports = "; ".join(f"\\builtin export {shlex.quote(name + '=' + value)}" for name, value in variables.items())
    kept = (
        f'for name in {names}; do \\builtin printf "%s " "\\\\builtin"; '
        '\\builtin declare -p "$name" 2>/dev/null || \\builtin printf "unset %s\\n" "$name"; done'
    )
    return f"__omnirun_restore=$({kept}); {exports}"


class BashKernel(ChildKernel):
    """Bash as a kernel."""

    banner = "bash"
    language_info = {"name": "bash", "mimetype": "text/x-sh", "file_extension": ".sh"}  # noqa: RUF012 (a trait of the base class)

    def start_child(self) -> Child:
        """Start the shell."""
        return Bash()
