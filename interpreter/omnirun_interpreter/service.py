"""The process that serves the port."""

import asyncio
import os
import socket

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from omnirun_interpreter import limits
from omnirun_interpreter.contexts import Contexts
from omnirun_interpreter.server import application
from omnirun_interpreter.zygote_client import ZygoteClient

ADDRESS = "127.0.0.1"
"""Every way in goes through the agent, which joins streams to the guest's own address."""


def run(zygote: socket.socket, port: int) -> None:
    """Say where, and serve until the zygote has gone.

    Port 0 is any free one.
    """
    asyncio.run(_serve(zygote, port))


async def _serve(zygote: socket.socket, port: int) -> None:
    lost = asyncio.Event()
    contexts = Contexts(ZygoteClient(zygote, lost.set))
    server = HTTPServer(application(contexts), max_body_size=limits.MAX_BODY_BYTES, max_buffer_size=limits.MAX_BODY_BYTES)
    listeners = bind_sockets(port, ADDRESS)
    server.add_sockets(listeners)
    print("listening on {}:{}".format(*listeners[0].getsockname()), flush=True)
    await lost.wait()
    # The kernels have died with the zygote. Whoever started it starts it again.
    os._exit(1)
