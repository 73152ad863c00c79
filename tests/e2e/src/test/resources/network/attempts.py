"""Tries many ways out of a guest at once and prints those that were answered, one a line.

Its argument is a JSON object of addresses: "neighbour" and "gateway" (of a guest), "services", "router", "host", "api" (address and port).
"""

import json
import socket
import ssl
import struct
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

EXAMPLE, SHARED, WILD, ONE = "93.184.216.34", "93.184.216.35", "93.184.216.36", "1.1.1.1"
NAME_SERVER = "9.9.9.9"
# Another guest could have it.
STOLEN = "100.64.63.2"
OTHER_MAC = "02:00:00:00:77:77"
# An emulated guest on a loaded host needs seconds for TLS; what is dropped waits so long, all at the same time.
PATIENCE = 9.0
ECHO, HTTP, HTTPS = 7, 80, 443


def tcp(address, port=ECHO, source=None):
    where = (source, 0) if source else None
    with socket.create_connection((address, port), PATIENCE, where) as s:
        s.sendall(b"hello")
        return s.recv(5) == b"hello"


def connects(address, port):
    with socket.create_connection((address, port), PATIENCE):
        return True


def udp(address, port=ECHO, size=5, family=socket.AF_INET):
    with socket.socket(family, socket.SOCK_DGRAM) as s:
        s.settimeout(PATIENCE / 4)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        for _ in range(4):
            s.sendto(b"x" * size, (address, port))
            try:
                return len(s.recv(size)) == size
            except TimeoutError:
                continue
    return False


def icmp(address):
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as s:
        s.settimeout(PATIENCE)
        s.sendto(struct.pack("!BBHHH", 8, 0, 0xF7FF, 0, 0), (address, 0))
        while True:
            packet, source = s.recvfrom(200)
            if source[0] == address and packet[20] == 0:
                return True


def icmp6(address):
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as s:
        s.settimeout(PATIENCE)
        s.sendto(struct.pack("!BBHHH", 128, 0, 0, 0, 0), (address, 0))
        while True:
            packet, source = s.recvfrom(200)
            if packet[0] == 129 and source[0].split("%")[0] != own_link_local():
                return True


def own_link_local():
    with open("/proc/net/if_inet6") as file:
        for line in file:
            if line.split()[-1] == "eth0":
                return socket.inet_ntop(socket.AF_INET6, bytes.fromhex(line.split()[0]))
    return None


def tcp6(address, port):
    with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as s:
        s.settimeout(PATIENCE)
        s.connect((address, port))
        return True


def exchange(s, host):
    s.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    answer = b""
    while chunk := s.recv(4096):
        answer += chunk
    return answer.decode().rpartition("\r\n")[2]


def http(address, host, wanted=None):
    with socket.create_connection((address, HTTP), PATIENCE) as s:
        return exchange(s, host) == f"at {wanted or address} for {host}"


CONTEXT = ssl.create_default_context()
CONTEXT.check_hostname = False
CONTEXT.verify_mode = ssl.CERT_NONE


def tls(address, name, wanted=None, port=HTTPS):
    with socket.create_connection((address, port), PATIENCE) as s, CONTEXT.wrap_socket(s, server_hostname=name) as t:
        return exchange(t, name or "nobody") == f"at {wanted or address} for {name or 'nobody'}"


def name(text, wanted):
    return wanted in {info[4][0] for info in socket.getaddrinfo(text, 80, socket.AF_INET, socket.SOCK_STREAM)}


def question(text):
    labels = b"".join(struct.pack("!B", len(label)) + label.encode() for label in text.split("."))
    return struct.pack("!HHHHHH", 77, 0x0100, 1, 0, 0, 0) + labels + struct.pack("!BHH", 0, 1, 1)


def answered(message):
    return message[:2] == question("x")[:2] and message[3] & 15 == 0 and message[6:8] != b"\0\0"


def name_by_udp(server, text):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(PATIENCE)
        s.sendto(question(text), (server, 53))
        return answered(s.recv(512))


def name_by_tcp(server, text):
    with socket.create_connection((server, 53), PATIENCE) as s:
        message = question(text)
        s.sendall(struct.pack("!H", len(message)) + message)
        # A read of the socket itself may end with a part.
        with s.makefile("rb") as answer:
            (length,) = struct.unpack("!H", answer.read(2))
            return answered(answer.read(length))


def own_address():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.connect((EXAMPLE, ECHO))
        return s.getsockname()[0]


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def fragments(address, first=8):
    """Sends a datagram in two parts made by hand, of which the first has so many bytes."""
    own, text = own_address(), b"hello, in two parts"
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as answers,
        socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw,
    ):
        answers.settimeout(PATIENCE)
        answers.bind((own, 0))
        datagram = struct.pack("!HHHH", answers.getsockname()[1], ECHO, 8 + len(text), 0) + text
        for start, part, more in ((0, datagram[:first], 0x2000), (first, datagram[first:], 0)):
            head = struct.pack(
                "!BBHHHBBH4s4s", 0x45, 0, 20 + len(part), 0x5151, more | start // 8, 64, 17, 0,
                socket.inet_aton(own), socket.inet_aton(address),
            )  # fmt: skip
            raw.sendto(head + part, (address, 0))
        return answers.recv(100) == text


def frames(kind):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(kind))
    s.settimeout(PATIENCE)
    s.bind(("eth0", kind))
    return s


ARP, IPV6 = 0x0806, 0x86DD


def arp(address):
    """Asks who has an address, in a frame of its own, and says whether anybody answers."""
    with frames(ARP) as s:
        mac, asked = s.getsockname()[4], socket.inet_aton(address)
        request = struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 1, mac, socket.inet_aton(own_address()), bytes(6), asked)
        s.send(b"\xff" * 6 + mac + struct.pack("!H", ARP) + request)
        while True:
            frame = s.recv(100)
            if frame[20:22] == b"\0\2" and frame[28:32] == asked:
                return True


def advertised(kind, body, target, answer):
    """Sends a message of ICMPv6 to a group, in a frame of its own, and waits for an answer of another."""
    own, group = own_link_local(), socket.inet_pton(socket.AF_INET6, target)
    with frames(IPV6) as s:
        mac, source = s.getsockname()[4], socket.inet_pton(socket.AF_INET6, own or "fe80::1")
        size = 4 + len(body)
        pseudo = source + group + struct.pack("!II", size, 58)
        message = struct.pack("!BBH", kind, 0, checksum(pseudo + struct.pack("!BBH", kind, 0, 0) + body)) + body
        s.send(b"\x33\x33" + group[12:] + mac + struct.pack("!HIHBB", IPV6, 6 << 28, size, 58, 255) + source + group + message)
        while True:
            frame = s.recv(1500)
            if frame[20] == 58 and frame[54] == answer and frame[22:38] != source:
                return True


def names(at):
    return {
        "name example": lambda: name("example.com", EXAMPLE),
        "name www": lambda: name("www.example.com", EXAMPLE),
        "name one": lambda: name("one.test", ONE),
        "name shared": lambda: name("shared.test", SHARED),
        "name allowed": lambda: name("allowed.test", SHARED),
        "name wild": lambda: name("a.b.wild.test", WILD),
        "name idn": lambda: name("xn--bcher-kva.test", WILD),
        "name of nothing": lambda: name("nothing.test", ONE),
        "name that leads to a private network": lambda: name("rebind.test", "10.9.9.9"),
        "name that leads to metadata": lambda: name("metadata.test", "169.254.169.254"),
        "name by tcp": lambda: name_by_tcp(at["services"], "example.com"),
    }


def flows(at):
    return {
        "name by another server": lambda: name_by_udp(NAME_SERVER, "one.test"),
        "name by another server by tcp": lambda: name_by_tcp(NAME_SERVER, "one.test"),
        "tcp example": lambda: tcp(EXAMPLE),
        "tcp one": lambda: tcp(ONE),
        "tcp shared": lambda: tcp(SHARED),
        "tcp wild": lambda: tcp(WILD),
        "udp example": lambda: udp(EXAMPLE),
        "udp one": lambda: udp(ONE),
        "udp fragmented": lambda: udp(EXAMPLE, size=4000),
        "udp quic": lambda: udp(EXAMPLE, HTTPS),
        "icmp example": lambda: icmp(EXAMPLE),
        "icmp one": lambda: icmp(ONE),
        "http example": lambda: http(EXAMPLE, "example.com"),
        "http one": lambda: http(ONE, "one.test"),
        "http by address": lambda: http(EXAMPLE, EXAMPLE),
        "http of a listed host elsewhere": lambda: http(ONE, "example.com"),
        "http of a listed host rerouted": lambda: http(ONE, "example.com", EXAMPLE),
        "tls example": lambda: tls(EXAMPLE, "example.com"),
        "tls one": lambda: tls(ONE, "one.test"),
        "tls shared": lambda: tls(SHARED, "shared.test"),
        "tls allowed": lambda: tls(SHARED, "allowed.test"),
        "tls wild": lambda: tls(WILD, "x.wild.test"),
        "tls upper case": lambda: tls(EXAMPLE, "EXAMPLE.com"),
        "tls without a name": lambda: tls(EXAMPLE, None),
        "tls another port": lambda: tls(EXAMPLE, "example.com", port=8443),
        "tls of a listed name elsewhere": lambda: tls(ONE, "example.com"),
        "tls of a listed name rerouted": lambda: tls(ONE, "example.com", EXAMPLE),
        "tls of a listed name rerouted from a private network": lambda: tls("10.9.9.9", "example.com", EXAMPLE),
        "tls of another name at a listed address": lambda: tls(EXAMPLE, "shared.test"),
        "tls name that leads to a private network": lambda: tls(EXAMPLE, "rebind.test", "10.9.9.9"),
        "tls name that leads to metadata": lambda: tls(EXAMPLE, "metadata.test", "169.254.169.254"),
        "tls name that leads to the loopback": lambda: tls(EXAMPLE, "loopback.test", "127.0.0.1"),
        "tls name that leads to the host": lambda: tls(EXAMPLE, "host.test", at["host"]),
        "private 10": lambda: tcp("10.9.9.9"),
        "private 10 by udp": lambda: udp("10.9.9.9"),
        "private 10 by icmp": lambda: icmp("10.9.9.9"),
        "private 10 by http": lambda: http("10.9.9.9", "x"),
        "private 172": lambda: tcp("172.20.0.9"),
        "private 192": lambda: tcp("192.168.9.9"),
        "metadata": lambda: http("169.254.169.254", "metadata"),
        "metadata by udp": lambda: udp("169.254.169.254"),
        "metadata by tls": lambda: tls("169.254.169.254", "metadata.test"),
        "host": lambda: tcp(at["host"]),
        "host by udp": lambda: udp(at["host"]),
        "host by icmp": lambda: icmp(at["host"]),
        "host by http": lambda: http(at["host"], "x"),
        "api": lambda: connects(at["api"][0], int(at["api"][1])),
        "services echo": lambda: connects(at["services"], ECHO),
        "services resolver": lambda: connects(at["services"], 1053),
        "services tls": lambda: connects(at["services"], 1443),
        "services http": lambda: connects(at["services"], 1080),
        "services by icmp": lambda: icmp(at["services"]),
        "router": lambda: connects(at["router"], ECHO),
        "router by icmp": lambda: icmp(at["router"]),
        "gateway": lambda: connects(at["gateway"], ECHO),
        "gateway by icmp": lambda: icmp(at["gateway"]),
        "hop": lambda: connects("169.254.1.1", ECHO),
        "hop by icmp": lambda: icmp("169.254.1.1"),
        "neighbour": lambda: tcp(at["neighbour"]),
        "neighbour by udp": lambda: udp(at["neighbour"]),
        "neighbour by icmp": lambda: icmp(at["neighbour"]),
        "multicast": lambda: udp("224.0.0.1", 5353),
        "broadcast": lambda: udp("255.255.255.255"),
        "zero": lambda: connects("0.0.0.1", ECHO),
        "reserved": lambda: tcp("240.0.0.1"),
        "tcp by ipv6": lambda: tcp6("2606:4700:4700::1111", HTTPS),
        "udp by ipv6": lambda: udp("2606:4700:4700::1111", 53, family=socket.AF_INET6),
        "icmp by ipv6 multicast": lambda: icmp6("ff02::1%eth0"),
        "udp fragmented by hand": lambda: fragments(EXAMPLE),
        "private 10 by fragments": lambda: fragments("10.9.9.9"),
        "metadata by fragments": lambda: fragments("169.254.169.254", first=16),
        "host by fragments": lambda: fragments(at["host"]),
        "neighbour by fragments": lambda: fragments(at["neighbour"]),
        "arp of the neighbour": lambda: arp(at["neighbour"]),
        "arp of the host": lambda: arp(at["host"]),
        "arp of the services": lambda: arp(at["services"]),
        "arp of a private network": lambda: arp("10.9.9.9"),
        "router by ipv6": lambda: advertised(133, bytes(4), "ff02::2", 134),
        "nodes by ipv6": lambda: advertised(135, bytes(4) + socket.inet_pton(socket.AF_INET6, "fe80::1"), "ff02::1", 136),
        "under another's address": lambda: tcp(EXAMPLE, source=STOLEN),
    }


def under_another_mac(at):
    return {
        "tcp one under another mac": lambda: tcp(ONE),
        "private 10 under another mac": lambda: tcp("10.9.9.9"),
        "metadata under another mac": lambda: http("169.254.169.254", "metadata"),
        "host under another mac": lambda: tcp(at["host"]),
        "neighbour under another mac": lambda: tcp(at["neighbour"]),
    }


def succeeded(attempt):
    try:
        return attempt()
    except (OSError, UnicodeError):
        return False


def run(attempts):
    with ThreadPoolExecutor(len(attempts)) as pool:
        results = dict(zip(attempts, pool.map(succeeded, attempts.values())))
    for attempt, answered_at_all in results.items():
        if answered_at_all:
            print(attempt)
    return len(attempts)


def main():
    at = json.loads(sys.argv[1])
    begun = time.monotonic()
    # What names stand for must be asked before their addresses are tried.
    count = run(names(at))
    subprocess.run(["ip", "address", "add", STOLEN + "/32", "dev", "eth0"], check=True)
    try:
        count += run(flows(at))
    finally:
        subprocess.run(["ip", "address", "delete", STOLEN + "/32", "dev", "eth0"], check=True)
    with open("/sys/class/net/eth0/address") as file:
        mac = file.read().strip()
    subprocess.run(["ip", "link", "set", "eth0", "address", OTHER_MAC], check=True)
    try:
        count += run(under_another_mac(at))
    finally:
        subprocess.run(["ip", "link", "set", "eth0", "address", mac], check=True)
    print(f"{count} attempts in {time.monotonic() - begun:.1f} s", file=sys.stderr)


main()
