"""The variables that every process of the sandbox has, as the agent keeps them for the service."""

import os
from pathlib import Path

AGENT_FILE = Path("/run/omnirun/environment")
"""Each "NAME=value" is followed by a NUL; a later one wins. Only root reads it, and a claim replaces it whole."""

LOGIN = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "USER": "root",
    "LOGNAME": "root",
    "SHELL": "/bin/bash",
}
"""What the agent gives to root's commands."""


def sandbox_variables(agent_file: Path = AGENT_FILE) -> dict[str, str]:
    """Return what a command that starts now would see; outside of a sandbox only a login's variables."""
    variables = dict(LOGIN)
    try:
        content = agent_file.read_bytes()
    except FileNotFoundError:
        return variables
    for entry in content.split(b"\0"):
        name, assigned, value = entry.partition(b"=")
        if assigned:
            variables[os.fsdecode(name)] = os.fsdecode(value)
    return variables
