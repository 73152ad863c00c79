"""Opens two flows, says so by a file, waits for another, and says which of them still go."""

import os
import socket
import time

PATIENCE = 6.0


def alive(flow):
    try:
        flow.sendall(b"hello")
        return flow.recv(5) == b"hello"
    except OSError:
        return False


addresses = ["93.184.216.34", "1.1.1.1"]
flows = [socket.create_connection((address, 7), 30) for address in addresses]
assert all(alive(flow) for flow in flows)
open("/tmp/open", "w").close()
while not os.path.exists("/tmp/go"):
    time.sleep(0.1)
for flow in flows:
    flow.settimeout(PATIENCE)
verdicts = [f"{address} {'open' if alive(flow) else 'cut'}" for address, flow in zip(addresses, flows)]
with open("/tmp/part", "w") as file:
    file.write("\n".join(verdicts))
os.rename("/tmp/part", "/tmp/done")
