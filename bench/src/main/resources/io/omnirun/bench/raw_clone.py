"""Starts one QEMU as a user would by hand: the same command line, the same files, no jail, no launcher.

Arguments: the pid of a clone that the launcher started, a directory of its own (with disk.img in it), the golden snapshot's
directory. The command line is read from the running clone; each of its descriptors is opened anew under the same number. Says
"prepared", waits for a line, starts QEMU, loads the state by QMP and lets it run; ends with it.
"""

import fcntl
import json
import os
import re
import socket
import struct
import sys

pid, directory, golden = sys.argv[1:]
with open(f"/proc/{pid}/cmdline", "rb") as file:
    command = file.read().decode().rstrip("\0").split("\0")
line = " ".join(command)


def give(number: int, opened: int) -> None:
    """Moves a descriptor to a number; the numbers of the clone are low, so what is opened first is moved up."""
    os.dup2(opened, number, inheritable=True)
    os.close(opened)


def high(opened: int) -> int:
    moved = fcntl.fcntl(opened, fcntl.F_DUPFD, 200)
    os.close(opened)
    return moved


def listener(name: str) -> int:
    path = os.path.join(directory, name)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path)
    listening.listen(8)
    return high(listening.detach())


def tap() -> int:
    opened = high(os.open("/dev/net/tun", os.O_RDWR))
    # TUNSETIFF with IFF_TAP | IFF_NO_PI | IFF_VNET_HDR
    fcntl.ioctl(opened, 0x400454CA, struct.pack("16sH22x", b"rawclone%d", 0x0002 | 0x1000 | 0x4000))
    return opened


def number(pattern: str) -> int:
    found = re.search(pattern, line)
    if not found:
        raise SystemExit(f"the clone's command line has no {pattern}: {line}")
    return int(found.group(1))


wanted = {}
wanted[number(r"mem-path=/proc/self/fd/(\d+)")] = high(os.open(os.path.join(golden, "ram"), os.O_RDWR))
wanted[number(r"tap,id=\w+,fd=(\d+)")] = tap()
wanted[number(r"socket,id=qmp,fd=(\d+)")] = listener("qmp.sock")
wanted[number(r"socket,id=channel,fd=(\d+)")] = listener("channel.sock")
with open(os.path.join(golden, "image"), encoding="ascii") as file:
    base = os.path.join(golden, "..", "..", "images", file.read().strip(), "base.img")
wanted[number(r"-add-fd fd=(\d+),set=1")] = high(os.open(base, os.O_RDONLY))
wanted[number(r"-add-fd fd=(\d+),set=2")] = high(os.open(os.path.join(directory, "disk.img"), os.O_RDWR))
state = max(wanted) + 1
wanted[state] = high(os.open(os.path.join(golden, "state"), os.O_RDONLY))
print("prepared", flush=True)
sys.stdin.readline()
child = os.fork()
if child == 0:
    for descriptor, opened in wanted.items():
        give(descriptor, opened)
    os.execv("/usr/bin/qemu-system-x86_64", ["qemu-system-x86_64", *command[1:]])
print(child, flush=True)
for opened in wanted.values():
    os.close(opened)

monitor = socket.socket(socket.AF_UNIX)
monitor.connect(os.path.join(directory, "qmp.sock"))
messages = monitor.makefile("r")


def execute(name: str, **arguments: object) -> None:
    monitor.sendall(json.dumps({"execute": name, "arguments": arguments}).encode() + b"\n")
    while "return" not in (message := json.loads(messages.readline())):
        if "error" in message:
            raise SystemExit(f"{name}: {message}")


messages.readline()
execute("qmp_capabilities")
capabilities = [{"capability": name, "state": True} for name in ("x-ignore-shared", "events")]
execute("migrate-set-capabilities", capabilities=capabilities)
execute("migrate-incoming", uri=f"fd:{state}")
while json.loads(messages.readline()).get("data", {}).get("status") != "completed":
    pass
execute("cont")
os.waitpid(child, 0)
