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
from fido2.ctap2 import (
    ClientPin,
    Config,
    CredentialManagement,
    Ctap2,
    LargeBlobs,
    PinProtocolV1,
    PinProtocolV2,
)
from fido2.ctap2.extensions import HmacSecretExtension
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
        "extensions": info.extensions,
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
        return result

    def sign(allow_list, credential, pin=PIN, rp_id=RP["id"], extensions=None):
        permissions = ClientPin.PERMISSION.GET_ASSERTION
        token = client_pin().get_pin_token(pin, permissions, rp_id)
        hashed = client_data_hash()
        result = ctap.get_assertion(
            rp_id,
            hashed,
            allow_list=allow_list,
            extensions=extensions,
            pin_uv_param=protocol.authenticate(token, hashed),
            pin_uv_protocol=version,
        )
        result.verify(hashed, credential.public_key)
        assert result.auth_data.is_user_present() and result.auth_data.is_user_verified()
        return result

    def token_for(permissions, pin=PIN):
        return client_pin().get_pin_token(pin, permissions)

    def descriptor(credential):
        return {"type": "public-key", "id": credential.credential_id}

    fails_with(CtapError.ERR.PIN_NOT_SET, lambda: client_pin().get_pin_token(PIN, 1, RP["id"]))
    client_pin().set_pin(PIN)
    seen["clientPinAfter"] = ctap.get_info().options["clientPin"]
    seen["retries"] = client_pin().get_pin_retries()[0]

    resident = make(True, [EDDSA, ES256], extensions={"credProtect": 2}).auth_data
    assert resident.extensions == {"credProtect": 2}, resident.extensions
    resident = resident.credential_data
    other = make(False, [{"type": "public-key", "alg": -65535}, ES256]).auth_data.credential_data
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

    def hmac_secret(credential, inputs):
        extension = HmacSecretExtension(ctap, {1: PinProtocolV1, 2: PinProtocolV2}[version]())
        sent = {"hmac-secret": extension.process_get_input({"hmacGetSecret": inputs})}
        result = sign([descriptor(credential)], credential, extensions=sent)
        return extension.process_get_output(result.auth_data)["hmacGetSecret"]

    salts = [os.urandom(32), os.urandom(32)]
    made = make(False, [ES256], extensions={"hmac-secret": True}).auth_data
    assert made.extensions == {"hmac-secret": True}, made.extensions
    secret = hmac_secret(made.credential_data, {"salt1": salts[0]})
    assert len(secret["output1"]) == 32 and "output2" not in secret
    assert hmac_secret(made.credential_data, {"salt1": salts[0]}) == secret
    both = hmac_secret(made.credential_data, {"salt1": salts[1], "salt2": salts[0]})
    assert both["output2"] == secret["output1"] != both["output1"]
    assert hmac_secret(other, {"salt1": salts[0]}) != secret
    seen["hmacSecretTwiceEqual"] = True

    manager = CredentialManagement(
        ctap, protocol, token_for(ClientPin.PERMISSION.CREDENTIAL_MGMT)
    )
    result = CredentialManagement.RESULT
    before = manager.get_metadata()
    seen["storedBefore"] = before[result.EXISTING_CRED_COUNT]
    (relying_party,) = manager.enumerate_rps()
    assert relying_party[result.RP]["id"] == RP["id"]
    hashed_id = hashlib.sha256(RP["id"].encode()).digest()
    assert relying_party[result.RP_ID_HASH] == hashed_id
    (stored,) = manager.enumerate_creds(hashed_id)
    assert stored[result.USER] == USER, stored[result.USER]
    assert stored[result.CREDENTIAL_ID] == descriptor(resident)
    assert stored[result.PUBLIC_KEY] == resident.public_key
    assert stored[result.CRED_PROTECT] == 2
    manager.update_user_info(descriptor(resident), {"id": USER["id"], "name": "renamed"})
    (stored,) = manager.enumerate_creds(hashed_id)
    assert stored[result.USER] == {"id": USER["id"], "name": "renamed"}

    USER.update(id=b"another-user")
    blob = os.urandom(32)
    second = make(True, [ES256], extensions={"credBlob": blob, "largeBlobKey": True})
    assert second.auth_data.extensions == {"credBlob": True}
    large_blob_key = second.large_blob_key
    second = second.auth_data.credential_data
    signed = sign(
        [descriptor(second)], second, extensions={"credBlob": True, "largeBlobKey": True}
    )
    assert signed.auth_data.extensions == {"credBlob": blob}
    assert signed.large_blob_key == large_blob_key
    large_blobs = LargeBlobs(
        ctap, protocol, token_for(ClientPin.PERMISSION.LARGE_BLOB_WRITE)
    )
    assert large_blobs.get_blob(large_blob_key) is None
    large_blobs.put_blob(large_blob_key, b"a large blob" * 100)
    seen["largeBlob"] = len(large_blobs.get_blob(large_blob_key))

    manager = CredentialManagement(
        ctap, protocol, token_for(ClientPin.PERMISSION.CREDENTIAL_MGMT)
    )
    seen["storedBetween"] = len(manager.enumerate_creds(hashed_id))
    manager.delete_cred(descriptor(resident))
    manager.delete_cred(descriptor(second))
    assert manager.enumerate_creds(hashed_id) == []
    fails_with(CtapError.ERR.NO_CREDENTIALS, manager.enumerate_rps)
    seen["storedAfter"] = manager.get_metadata()[result.EXISTING_CRED_COUNT]
    fails_with(
        CtapError.ERR.NO_CREDENTIALS, lambda: sign([descriptor(resident)], resident)
    )

    Config(
        ctap, protocol, token_for(ClientPin.PERMISSION.AUTHENTICATOR_CFG)
    ).set_min_pin_length(5, [RP["id"]])
    told = make(False, [ES256], extensions={"minPinLength": True}).auth_data.extensions
    seen["minPinLength"] = told["minPinLength"]

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
