"""Records what python-fido2, which nobody here wrote, and the software key say to each other.

Usage, from the root of the project, with Node 24 on the path:

    /usr/bin/python3 tests/peers/recorded/record.py

Writes registration-and-sign-in-<protocol>.json beside itself: every CTAP2 request and answer as hex, with the
tokens that python-fido2 worked with, so that a test can do the same sums. The key is a throw-away one that touches
itself; nothing in the recordings is a secret.
"""

import hashlib
import json
import os
import re
import socket
import subprocess

from fido2.ctap import CtapError
from fido2.ctap2 import ClientPin, Ctap2, PinProtocolV1, PinProtocolV2
from fido2.hid import CTAPHID, CtapHidDevice
from fido2.hid.base import CtapHidConnection, HidDescriptor

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
HASH = hashlib.sha256(b"client data").digest()
RP = {"id": "example.org", "name": "Example"}
PIN = "1234\u00e9"
NEW_PIN = "a-longer-pin"
ES256 = {"type": "public-key", "alg": -7}
EDDSA = {"type": "public-key", "alg": -8}


class UdpConnection(CtapHidConnection):
    """One CTAPHID packet in each datagram."""

    def __init__(self, receiver, send_port):
        self.peer = ("127.0.0.1", send_port)
        self.receiver = receiver

    def write_packet(self, data):
        self.receiver.sendto(data, self.peer)

    def read_packet(self):
        return self.receiver.recv(64)

    def close(self):
        self.receiver.close()


class Recorder(CtapHidDevice):
    """A device that notes every CTAP2 exchange under the name of the step."""

    def __init__(self, *args):
        self.step = ""
        self.exchanges = []
        super().__init__(*args)

    def call(self, cmd, data=b"", event=None, on_keepalive=None):
        answer = super().call(cmd, data, event, on_keepalive)
        if cmd == CTAPHID.CBOR:
            note = {"step": self.step, "request": bytes(data).hex(), "answer": bytes(answer).hex()}
            self.exchanges.append(note)
        return answer


def start_key():
    """Starts a software key; returns its process and an open connection to it."""
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.bind(("127.0.0.1", 0))
    receiver.settimeout(10)
    udp = "127.0.0.1:0,127.0.0.1:%d" % receiver.getsockname()[1]
    command = ["node", "main/hosts/cli/main.ts", "software-key", "--udp", udp]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    ready = process.stdout.readline()
    port = int(re.search(r"UDP 127\.0\.0\.1:(\d+)", ready).group(1))
    return process, UdpConnection(receiver, port)


def record(version):
    process, connection = start_key()
    try:
        device = Recorder(HidDescriptor("udp", 0, 0, 64, 64), connection)
        return converse(device, version)
    finally:
        process.terminate()
        process.wait()
        connection.close()


def converse(device, version):
    protocol = {1: PinProtocolV1, 2: PinProtocolV2}[version]()
    tokens = []

    def step(name, run, fails_with=None):
        device.step = name
        try:
            result = run()
        except CtapError as error:
            assert error.code == fails_with, (name, error.code)
            return None
        assert fails_with is None, name
        return result

    device.step = "getInfo"
    ctap = Ctap2(device)
    client_pin = ClientPin(ctap, protocol)

    def token(permissions, pin=PIN):
        device.step = "getPinUvAuthTokenUsingPinWithPermissions"
        got = client_pin.get_pin_token(pin, permissions, RP["id"])
        tokens.append(got.hex())
        return protocol.authenticate(got, HASH)

    def make(user, algorithms, **more):
        proof = token(ClientPin.PERMISSION.MAKE_CREDENTIAL)
        fails_with = more.pop("fails_with", None)
        return step(
            "makeCredential",
            lambda: ctap.make_credential(
                HASH, RP, user, algorithms, pin_uv_param=proof, pin_uv_protocol=version, **more
            ),
            fails_with,
        )

    def sign(allow_list, fails_with=None, **more):
        proof = token(ClientPin.PERMISSION.GET_ASSERTION)
        return step(
            "getAssertion",
            lambda: ctap.get_assertion(
                RP["id"], HASH, allow_list, pin_uv_param=proof, pin_uv_protocol=version, **more
            ),
            fails_with,
        )

    step("getPINRetries", client_pin.get_pin_retries)
    step("setPIN", lambda: client_pin.set_pin(PIN))
    step("selection", ctap.selection)
    ada = make(
        {"id": b"user-1", "name": "ada", "displayName": "Ada L."},
        [EDDSA, ES256],
        extensions={"credProtect": 2},
        options={"rk": True},
    )
    make({"id": b"user-2", "name": "grace"}, [ES256], options={"rk": True})
    other = make({"id": b"user-3"}, [{"type": "public-key", "alg": -257}, ES256])
    descriptors = [
        {"type": "public-key", "id": made.auth_data.credential_data.credential_id}
        for made in (ada, other)
    ]
    excluded = CtapError.ERR.CREDENTIAL_EXCLUDED
    make({"id": b"user-4"}, [ES256], exclude_list=descriptors, fails_with=excluded)
    first = sign(None)
    assert first.number_of_credentials == 2
    step("getNextAssertion", ctap.get_next_assertion)
    sign(descriptors[1:])
    sign([{"type": "public-key", "id": b"nobody's"}], CtapError.ERR.NO_CREDENTIALS)
    step(
        "getAssertion",
        lambda: ctap.get_assertion(RP["id"], HASH, descriptors[1:], options={"up": False}),
    )
    step("wrong PIN", lambda: client_pin.get_pin_token("99999", 2, RP["id"]), CtapError.ERR.PIN_INVALID)
    step("getPINRetries", client_pin.get_pin_retries)
    step("changePIN", lambda: client_pin.change_pin(PIN, NEW_PIN))
    step("getNextAssertion", ctap.get_next_assertion, CtapError.ERR.NOT_ALLOWED)
    step("reset", ctap.reset)
    return {
        "peer": "python3-fido2 0.9.1 (Debian)",
        "protocol": version,
        "clientDataHash": HASH.hex(),
        "tokens": tokens,
        "exchanges": device.exchanges,
    }


def main():
    for version in (1, 2):
        path = os.path.join(HERE, "registration-and-sign-in-%d.json" % version)
        with open(path, "w") as file:
            json.dump(record(version), file, indent=2)
            file.write("\n")


if __name__ == "__main__":
    main()
