"""Starts one QEMU as a user would by hand: the same command line, the same files, no jail, no launcher.

Arguments: the pid of a clone that the launcher started, a directory of its own (with disk.img in it), the golden snapshot's
directory. The command line is read from the running clone; each of its descriptors is opened anew under the same number. Says
"prepared", waits for a line, starts QEMU, loads the state by QMP and lets it run. Then each line pauses it into a file, the
next one resumes it in a new process, as a user would by hand; ends with it.
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


state_file = os.path.join(directory, "state")


def descriptors() -> dict:
    """Everything that the machine has open, but for its RAM and its state."""
    wanted = {}
    wanted[number(r"tap,id=\w+,fd=(\d+)")] = tap()
    wanted[number(r"socket,id=qmp,fd=(\d+)")] = listener("qmp.sock")
    wanted[number(r"socket,id=channel,fd=(\d+)")] = listener("channel.sock")
    with open(os.path.join(golden, "image"), encoding="ascii") as file:
        base = os.path.join(golden, "..", "..", "images", file.read().strip(), "base.img")
    wanted[number(r"-add-fd fd=(\d+),set=1")] = high(os.open(base, os.O_RDONLY))
    wanted[number(r"-add-fd fd=(\d+),set=2")] = high(os.open(os.path.join(directory, "disk.img"), os.O_RDWR))
    return wanted


def start(wanted: dict, arguments: list) -> int:
    child = os.fork()
    if child == 0:
        for descriptor, opened in wanted.items():
            give(descriptor, opened)
        os.execv("/usr/bin/qemu-system-x86_64", ["qemu-system-x86_64", *arguments])
    print(child, flush=True)
    for opened in wanted.values():
        os.close(opened)
    return child


class Monitor:
    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(os.path.join(directory, "qmp.sock"))
        self.messages = self.socket.makefile("r")
        self.messages.readline()
        self.execute("qmp_capabilities")

    def execute(self, name: str, **arguments: object) -> None:
        self.socket.sendall(json.dumps({"execute": name, "arguments": arguments}).encode() + b"\n")
        while "return" not in (message := json.loads(self.messages.readline())):
            if "error" in message:
                raise SystemExit(f"{name}: {message}")

    def capabilities(self, ignore_shared: bool) -> None:
        wanted = {"x-ignore-shared": ignore_shared, "events": True}
        self.execute("migrate-set-capabilities", capabilities=[{"capability": c, "state": s} for c, s in wanted.items()])

    def load(self, descriptor: int, ignore_shared: bool) -> None:
        self.capabilities(ignore_shared)
        self.execute("migrate-incoming", uri=f"fd:{descriptor}")
        self.await_completion()
        self.execute("cont")

    def await_completion(self) -> None:
        while json.loads(self.messages.readline()).get("data", {}).get("status") != "completed":
            pass


def pause(monitor: Monitor, child: int) -> None:
    """RAM and device state into a file that is on disk at the end; the disk stays what it is."""
    monitor.execute("stop")
    path = os.path.join(directory, "out.sock")
    receiving = socket.socket(socket.AF_UNIX)
    receiving.bind(path)
    receiving.listen(1)
    monitor.capabilities(False)
    monitor.execute("migrate-set-parameters", **{"max-bandwidth": 1 << 40})
    monitor.execute("migrate", uri="unix:" + path)
    connection, _ = receiving.accept()
    buffer = bytearray(1 << 20)
    with open(state_file, "wb", buffering=0) as file:
        while count := connection.recv_into(buffer):
            file.write(memoryview(buffer)[:count])
        os.fsync(file.fileno())
    monitor.await_completion()
    os.kill(child, 9)
    os.waitpid(child, 0)
    for name in ("out.sock", "qmp.sock", "channel.sock"):
        os.unlink(os.path.join(directory, name))
    print("paused", flush=True)


wanted = descriptors()
wanted[number(r"mem-path=/proc/self/fd/(\d+)")] = high(os.open(os.path.join(golden, "ram"), os.O_RDWR))
state = max(wanted) + 1
wanted[state] = high(os.open(os.path.join(golden, "state"), os.O_RDONLY))
print("prepared", flush=True)
sys.stdin.readline()
child = start(wanted, command[1:])
monitor = Monitor()
monitor.load(state, True)
while sys.stdin.readline():
    pause(monitor, child)
    sys.stdin.readline()
    wanted = descriptors()
    wanted[state] = high(os.open(state_file, os.O_RDONLY))
    arguments = [re.sub(r"^memory-backend-file,(.*),mem-path=.*", r"memory-backend-ram,\1", text) for text in command[1:]]
    child = start(wanted, arguments)
    monitor = Monitor()
    monitor.load(state, False)
    print("resumed", flush=True)
os.waitpid(child, 0)
