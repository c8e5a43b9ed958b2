"""Talks to a software key over UDP with python-fido2, which nobody here wrote.

Usage: python_fido2.py <port of the key> <port for its answers> <PIN/UV protocol: 1 or 2>
Prints one JSON object with what it saw; any failure is an exception and a non-zero exit.
"""

import hashlib
import json
import os
import socket
import sys

from fido2.attestation import PackedAttestation
from fido2.ctap import CtapError
from fido2.ctap2 import ClientPin, Ctap2, PinProtocolV1, PinProtocolV2
from fido2.hid import CtapHidDevice
from fido2.hid.base import CtapHidConnection, HidDescriptor

RP = {"id": "localhost", "name": "Peer test"}
OTHER_RP = "example.org"
USER = {"id": b"peer-user", "name": "peer", "displayName": "Peer"}
ES256 = {"type": "public-key", "alg": -7}
EDDSA = {"type": "public-key", "alg": -8}
PIN = "1234\u00e9"
NEW_PIN = "a-longer-pin"


class UdpConnection(CtapHidConnection):
    """One CTAPHID packet in each datagram."""

    def __init__(self, send_port, receive_port):
        self.peer = ("127.0.0.1", send_port)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", receive_port))
        self.socket.settimeout(10)

    def write_packet(self, data):
        self.socket.sendto(data, self.peer)

    def read_packet(self):
        return self.socket.recv(64)

    def close(self):
        self.socket.close()


def fails_with(expected, run):
    """Runs something that must fail with this status."""
    try:
        run()
    except CtapError as error:
        assert error.code == expected, (error.code, expected)
        return
    raise AssertionError("expected %s, got success" % expected)


def main():
    send_port, receive_port, version = (int(arg) for arg in sys.argv[1:4])
    device = CtapHidDevice(
        HidDescriptor("udp", 0, 0, 64, 64), UdpConnection(send_port, receive_port)
    )
    device.ping(os.urandom(1000))
    device.wink()
    ctap = Ctap2(device)
    info = ctap.get_info()
    seen = {
        "versions": info.versions,
        "aaguid": info.aaguid.hex(),
        "protocols": info.pin_uv_protocols,
        "clientPinBefore": info.options["clientPin"],
    }

    protocol = {1: PinProtocolV1, 2: PinProtocolV2}[version]()

    def client_pin():
        return ClientPin(ctap, protocol)

    def client_data_hash():
        return hashlib.sha256(os.urandom(32)).digest()

    def make(rk, algorithms, exclude_list=None, extensions=None, pin=PIN):
        permissions = ClientPin.PERMISSION.MAKE_CREDENTIAL
        token = client_pin().get_pin_token(pin, permissions, RP["id"])
        hashed = client_data_hash()
        result = ctap.make_credential(
            hashed,
            RP,
            USER,
            algorithms,
            exclude_list=exclude_list,
            extensions=extensions,
            options={"rk": rk} if rk else None,
            pin_uv_param=protocol.authenticate(token, hashed),
            pin_uv_protocol=version,
        )
        PackedAttestation().verify(result.att_statement, result.auth_data, hashed)
        assert result.auth_data.is_user_present() and result.auth_data.is_user_verified()
        return result.auth_data

    def sign(allow_list, credential, pin=PIN, rp_id=RP["id"]):
        permissions = ClientPin.PERMISSION.GET_ASSERTION
        token = client_pin().get_pin_token(pin, permissions, rp_id)
        hashed = client_data_hash()
        result = ctap.get_assertion(
            rp_id,
            hashed,
            allow_list=allow_list,
            pin_uv_param=protocol.authenticate(token, hashed),
            pin_uv_protocol=version,
        )
        result.verify(hashed, credential.public_key)
        assert result.auth_data.is_user_present() and result.auth_data.is_user_verified()
        return result

    def descriptor(credential):
        return {"type": "public-key", "id": credential.credential_id}

    fails_with(CtapError.ERR.PIN_NOT_SET, lambda: client_pin().get_pin_token(PIN, 1, RP["id"]))
    client_pin().set_pin(PIN)
    seen["clientPinAfter"] = ctap.get_info().options["clientPin"]
    seen["retries"] = client_pin().get_pin_retries()[0]

    resident = make(True, [EDDSA, ES256], extensions={"credProtect": 2})
    assert resident.extensions == {"credProtect": 2}, resident.extensions
    resident = resident.credential_data
    other = make(False, [{"type": "public-key", "alg": -65535}, ES256]).credential_data
    seen["algorithms"] = [resident.public_key[3], other.public_key[3]]
    fails_with(
        CtapError.ERR.CREDENTIAL_EXCLUDED,
        lambda: make(False, [ES256], exclude_list=[descriptor(other)]),
    )

    first = sign(None, resident)
    assert first.credential["id"] == resident.credential_id
    assert first.user["id"] == USER["id"] and first.user["name"] == USER["name"]
    second = sign([descriptor(resident)], resident)
    seen["counterRises"] = second.auth_data.counter > first.auth_data.counter
    sign([{"type": "public-key", "id": os.urandom(63)}, descriptor(other)], other)
    fails_with(
        CtapError.ERR.NO_CREDENTIALS,
        lambda: sign([descriptor(other)], other, rp_id=OTHER_RP),
    )

    wrong = lambda: client_pin().get_pin_token("99999", 2, RP["id"])
    fails_with(CtapError.ERR.PIN_INVALID, wrong)
    seen["retriesAfterWrong"] = client_pin().get_pin_retries()[0]
    client_pin().change_pin(PIN, NEW_PIN)
    fails_with(CtapError.ERR.PIN_INVALID, lambda: client_pin().get_pin_token(PIN, 2, RP["id"]))
    sign([descriptor(other)], other, pin=NEW_PIN)
    seen["retriesAfterRight"] = client_pin().get_pin_retries()[0]
    fails_with(CtapError.ERR.PIN_INVALID, wrong)
    fails_with(CtapError.ERR.PIN_INVALID, wrong)
    fails_with(CtapError.ERR.PIN_AUTH_BLOCKED, wrong)
    fails_with(
        CtapError.ERR.PIN_AUTH_BLOCKED,
        lambda: client_pin().get_pin_token(NEW_PIN, 2, RP["id"]),
    )

    ctap.reset()
    seen["clientPinAfterReset"] = ctap.get_info().options["clientPin"]
    fails_with(
        CtapError.ERR.NO_CREDENTIALS,
        lambda: ctap.get_assertion(RP["id"], client_data_hash(), [descriptor(other)]),
    )
    device.close()
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
