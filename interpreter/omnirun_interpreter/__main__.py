"""Starts zygote and service: python3 -m omnirun_interpreter [PORT]."""

import gc
import os
import socket
import sys

from omnirun_interpreter import kernel_process, limits, preload, service, zygote

_PROTECTED = -900
"""The kernel kills kernels and commands before these two."""


def main() -> None:
    """Load what is shared, part into zygote and service, and run until one of them has ended."""
    port = int(sys.argv[1]) if len(sys.argv) > 1 else limits.INTERPRETER_PORT
    kernel_process.set_oom_score(_PROTECTED)
    preload.load()
    gc.collect()
    gc.freeze()  # What is shared stays shared: no collection writes to it.
    zygotes, services = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork() == 0:
        zygotes.close()
        kernel_process.die_with_parent()
        service.run(services, port)
        os._exit(1)
    services.close()
    zygote.serve(zygotes)


if __name__ == "__main__":
    main()
