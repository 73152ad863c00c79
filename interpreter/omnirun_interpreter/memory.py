"""Whether the guest has memory for another kernel."""

from pathlib import Path

from omnirun_interpreter import limits
from omnirun_interpreter.errors import RequestError

_MEMORY_FILE = Path("/proc/meminfo")


def require_room(memory_file: Path = _MEMORY_FILE) -> None:
    """Refuse a kernel that would push the guest's other programs out of memory."""
    available = _available_bytes(memory_file)
    if available < limits.MIN_AVAILABLE_BYTES:
        raise RequestError(
            507,
            f"The sandbox has {available // limits.MIB} MiB of memory left; another kernel needs "
            f"{limits.MIN_AVAILABLE_BYTES // limits.MIB} MiB: delete contexts or take a larger sandbox",
        )


def _available_bytes(memory_file: Path) -> int:
    for line in memory_file.read_text(encoding="ascii").splitlines():
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            return int(value.split()[0]) * 1024
    raise ValueError(f"{memory_file} names no MemAvailable")
