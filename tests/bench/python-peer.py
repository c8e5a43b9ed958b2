"""Times getAssertion with a PIN by python-fido2 against a throw-away software key over UDP; prints ms (median)."""

import os
import socket
import statistics
import subprocess
import sys
import time

from fido2.ctap2 import ClientPin, Ctap2
from fido2.hid import CtapHidDevice
from fido2.hid.base import CtapHidConnection, HidDescriptor

PIN = "123456"


class Udp(CtapHidConnection):
    def __init__(self, to, here):
        self.to = to
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(here)
        self.sock.settimeout(10)

    def write_packet(self, data):
        self.sock.sendto(data, self.to)

    def read_packet(self):
        return self.sock.recv(64)

    def close(self):
        self.sock.close()


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


listen, answer = free_port(), free_port()
connection = Udp(("127.0.0.1", listen), ("127.0.0.1", answer))
key = subprocess.Popen(
    [sys.argv[1], sys.argv[2], "software-key", "--udp", f"127.0.0.1:{listen},127.0.0.1:{answer}"],
    stdout=subprocess.PIPE,
)
try:
    key.stdout.readline()
    device = CtapHidDevice(HidDescriptor("udp", 0, 0, 64, 64), connection)
    ctap = Ctap2(device)
    pin = ClientPin(ctap)
    pin.set_pin(PIN)
    digest = os.urandom(32)

    def param(permission):
        token = pin.get_pin_token(PIN, permission, "localhost")
        return pin.protocol.authenticate(token, digest)

    ctap.make_credential(
        digest,
        {"id": "localhost", "name": "Bench"},
        {"id": b"person", "name": "person"},
        [{"type": "public-key", "alg": -7}],
        options={"rk": True},
        pin_uv_param=param(ClientPin.PERMISSION.MAKE_CREDENTIAL),
        pin_uv_protocol=pin.protocol.VERSION,
    )
    times = []
    for _ in range(60):
        start = time.perf_counter()
        ctap.get_assertion(
            "localhost",
            digest,
            pin_uv_param=param(ClientPin.PERMISSION.GET_ASSERTION),
            pin_uv_protocol=pin.protocol.VERSION,
        )
        times.append((time.perf_counter() - start) * 1000)
    print(statistics.median(times[10:]))
finally:
    key.kill()
