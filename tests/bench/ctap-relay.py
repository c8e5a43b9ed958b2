"""Stands between two CTAP clients and one simulated key on UDP, and measures the time that is the key's own.

Usage: ctap-relay.py <key> <answers of the key> (<client's key> <answers to the client>)...
Each is an IPv4 address and a port, such as 127.0.0.1:8111.

The key's time of a CTAPHID_CBOR command begins when the last packet of the request has arrived here, by the system's
clock on the packet (SO_TIMESTAMPNS, so that it does not matter how fast this program is), and ends when the last
packet of the answer is given to the system for the client. It includes the work of this program. All else of a
client's time is the client's. Messages are passed on whole, so that the key does not run while a client writes or
reads: on two processors the one would take time from the other.

Each line on standard input is answered by one line of JSON, and begins anew: the key's time in ns, and the
commands in the order in which they came, each with its subcommand and the length of its request.
"""

import json
import select
import socket
import struct
import sys
import time

INIT = 0x80
CBOR = 0x10
KEEPALIVE = 0x3B
CANCEL = 0x11
SO_TIMESTAMPNS = 35
# A message whose packets stop to come for so long is given up, seconds.
PATIENCE = 5
# authenticatorClientPIN has its subcommand in second place, credential management and its preview in first.
SUBCOMMAND_AT = {0x06: 5, 0x0A: 3, 0x41: 3}


def bound(address):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(address)
    return sock


class Message:
    """One CTAPHID message whose packets are passing by."""

    def __init__(self, packet):
        self.channel = packet[:4]
        self.command = packet[4] & ~INIT
        self.length = packet[5] << 8 | packet[6]
        self.head = packet[7:13]
        self.packets = [packet]

    def add(self, packet):
        self.packets.append(packet)

    @property
    def whole(self):
        return 57 + 59 * (len(self.packets) - 1) >= self.length


class Relay:
    def __init__(self, key, answers):
        self.key = bound(answers)
        self.key_address = key
        self.client = None
        self.request = None
        self.answer = None
        self.asked_at = None
        self.forget()

    def forget(self):
        self.key_time = 0
        self.commands = []

    def from_client(self, sock, client):
        packet, ancillary, _, _ = sock.recvmsg(64, 64)
        if packet[4] == INIT | CANCEL:
            self.key.sendto(packet, self.key_address)
        if not packet[4] & INIT or packet[4] == INIT | CANCEL:
            # Else it is a look whether anyone is there, from a client that has nothing to ask.
            return
        self.client = (sock, client)
        self.request = Message(packet)
        deadline = time.monotonic() + PATIENCE
        while not self.request.whole:
            # Not asleep between the packets of a message: the writer would have to wake this program each time.
            try:
                packet, ancillary, _, _ = sock.recvmsg(64, 64, socket.MSG_DONTWAIT)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise TimeoutError("a request was never whole") from None
                continue
            if packet[:4] == self.request.channel:
                self.request.add(packet)
        for packet in self.request.packets:
            self.key.sendto(packet, self.key_address)
        seconds, nanoseconds = struct.unpack("qq", ancillary[0][2])
        self.asked_at = seconds * 1_000_000_000 + nanoseconds
        self.answer = None

    def from_key(self):
        packet = self.key.recv(64)
        if self.client is None:
            return
        sock, address = self.client
        if packet[4] == INIT | KEEPALIVE:
            sock.sendto(packet, address)
            return
        if packet[4] & INIT:
            self.answer = Message(packet)
        elif self.answer is None:
            return
        else:
            self.answer.add(packet)
        if not self.answer.whole:
            return
        *most, last = self.answer.packets
        for packet in most:
            sock.sendto(packet, address)
        now = time.clock_gettime_ns(time.CLOCK_REALTIME)
        sock.sendto(last, address)
        if self.asked_at is not None and self.request.command == CBOR:
            self.key_time += now - self.asked_at
            self.commands.append(self.label())
        self.answer = self.asked_at = None

    def label(self):
        head = self.request.head
        at = SUBCOMMAND_AT.get(head[0])
        subcommand = "" if at is None else f".{head[at]:02x}"
        return f"{head[0]:02x}{subcommand}:{self.request.length}"


def main():
    addresses = [(host, int(port)) for host, port in (text.rsplit(":", 1) for text in sys.argv[1:])]
    relay = Relay(addresses[0], addresses[1])
    poll = select.epoll()
    clients = {}
    for here, there in zip(addresses[2::2], addresses[3::2]):
        sock = bound(here)
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        clients[sock.fileno()] = (sock, there)
        poll.register(sock, select.EPOLLIN)
    poll.register(relay.key, select.EPOLLIN)
    poll.register(sys.stdin, select.EPOLLIN)
    print("ready", flush=True)
    while True:
        for fd, _ in poll.poll():
            if fd in clients:
                relay.from_client(*clients[fd])
            elif fd == relay.key.fileno():
                relay.from_key()
            elif sys.stdin.readline() == "":
                return
            else:
                print(json.dumps({"keyTime": relay.key_time, "commands": relay.commands}), flush=True)
                relay.forget()


main()
