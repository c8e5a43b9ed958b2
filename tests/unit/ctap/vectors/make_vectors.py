"""Writes vectors.json: what python-fido2 0.9.1 (Debian's python3-fido2), which nobody here wrote, sends for each
command, and what its cryptography computes. Run with /usr/bin/python3; the result is committed.
"""

import hashlib
import json
import os
import struct
import zlib

from cryptography.hazmat.backends import default_backend
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from fido2 import cbor
from fido2.ctap1 import Ctap1, RegistrationData, SignatureData
from fido2.ctap2 import (
    AssertionResponse,
    AttestationObject,
    ClientPin,
    Config,
    CredentialManagement,
    Ctap2,
    FPBioEnrollment,
    LargeBlobs,
    PinProtocolV1,
    PinProtocolV2,
)
from fido2.hid import CAPABILITY, CTAPHID

HASH = bytes(range(32))
TOKEN = bytes(range(100, 132))
RP_HASH = hashlib.sha256(b"example.org").digest()
CREDENTIAL = {"type": "public-key", "id": b"credential-one"}
USER = {"id": b"user-1", "name": "ada", "displayName": "Ada L."}
PROTOCOLS = {1: PinProtocolV1(), 2: PinProtocolV2()}


class Device:
    """Notes what is sent, answers what it was told to."""

    capabilities = CAPABILITY.CBOR

    def __init__(self, options, versions=("FIDO_2_1",)):
        self.answers = [
            cbor.encode({1: list(versions), 3: bytes(16), 4: options, 5: 1024, 6: [2, 1]})
        ]
        self.sent = []

    def call(self, command, data=b"", event=None, on_keepalive=None):
        self.sent.append((command, bytes(data)))
        answer = self.answers.pop(0) if self.answers else b""
        return (b"\0" + answer) if command == CTAPHID.CBOR else answer


def ctap2(options, versions=("FIDO_2_1",)):
    device = Device(options, versions)
    return device, Ctap2(device)


def last(device):
    return device.sent[-1][1].hex()


def basic():
    device, ctap = ctap2({"clientPin": True})
    vectors = {}

    def note(name, run):
        try:
            run()
        except Exception:
            pass  # The empty answer does not parse; only the request matters.
        vectors[name] = last(device)

    note(
        "makeCredential",
        lambda: ctap.make_credential(
            HASH,
            {"id": "example.org", "name": "Example"},
            USER,
            [{"type": "public-key", "alg": -7}, {"type": "public-key", "alg": -8}],
            [CREDENTIAL],
            {
                "credProtect": 2,
                "hmac-secret": True,
                "credBlob": b"blob",
                "largeBlobKey": True,
                "minPinLength": True,
                "pinComplexityPolicy": True,
                "thirdPartyPayment": True,
            },
            {"rk": True},
            b"p" * 32,
            2,
        ),
    )
    note(
        "getAssertion",
        lambda: ctap.get_assertion(
            "example.org",
            HASH,
            [CREDENTIAL],
            {"credBlob": True, "largeBlobKey": True, "thirdPartyPayment": True},
            {"up": False},
            b"p" * 16,
            1,
        ),
    )
    note("getNextAssertion", ctap.get_next_assertion)
    note("getUVRetries", lambda: ClientPin(ctap, PROTOCOLS[2]).get_uv_retries())
    note("selection", ctap.selection)
    note("reset", ctap.reset)
    return vectors


def credential_management(options, protocol):
    device, ctap = ctap2(options)
    management = CredentialManagement(ctap, PROTOCOLS[protocol], TOKEN)
    vectors = {}

    def note(name, run):
        run()
        vectors[name] = last(device)

    note("getCredsMetadata", management.get_metadata)
    note("enumerateRPsBegin", management.enumerate_rps_begin)
    note("enumerateRPsNext", management.enumerate_rps_next)
    note("enumerateCredentialsBegin", lambda: management.enumerate_creds_begin(RP_HASH))
    note("enumerateCredentialsNext", management.enumerate_creds_next)
    note("deleteCredential", lambda: management.delete_cred(CREDENTIAL))
    note("updateUserInformation", lambda: management.update_user_info(CREDENTIAL, USER))
    return vectors


def bio_enrollment(options, versions, protocol):
    device, ctap = ctap2(options, versions)
    device.answers.append(cbor.encode({1: 1}))
    bio = FPBioEnrollment(ctap, PROTOCOLS[protocol], TOKEN)
    vectors = {"getModality": last(device)}
    template = b"\x01\x02"

    def note(name, answer, run):
        device.answers.append(cbor.encode(answer))
        run()
        vectors[name] = last(device)

    sample = {4: template, 5: 0, 6: 3}
    note("getFingerprintSensorInfo", {2: 1, 3: 5}, bio.get_fingerprint_sensor_info)
    note("enrollBegin", sample, lambda: bio.enroll_begin(10000))
    note("enrollCaptureNextSample", sample, lambda: bio.enroll_capture_next(template, 10000))
    note("cancelCurrentEnrollment", {}, bio.enroll_cancel)
    note("enumerateEnrollments", {7: []}, bio.enumerate_enrollments)
    note("setFriendlyName", {}, lambda: bio.set_name(template, "Left thumb"))
    note("removeEnrollment", {}, lambda: bio.remove_enrollment(template))
    return vectors


def config(protocol):
    device, ctap = ctap2({"authnrCfg": True})
    settings = Config(ctap, PROTOCOLS[protocol], TOKEN)
    vectors = {}
    settings._call(Config.CMD.ENABLE_ENTERPRISE_ATT)
    vectors["enableEnterpriseAttestation"] = last(device)
    settings.toggle_always_uv()
    vectors["toggleAlwaysUv"] = last(device)
    settings.set_min_pin_length(8, ["example.org"], True)
    vectors["setMinPINLength"] = last(device)
    return vectors


def large_blobs(protocol):
    device, ctap = ctap2({"largeBlobs": True})
    blobs = LargeBlobs(ctap, PROTOCOLS[protocol], TOKEN)
    entries = [{1: bytes(1200), 2: b"n" * 12, 3: 1500}]
    blobs.write_blob_array(entries)
    writes = [data.hex() for command, data in device.sent[1:]]
    data = cbor.encode(entries)
    data += hashlib.sha256(data).digest()[:16]
    device.answers = [cbor.encode({1: data[:960]}), cbor.encode({1: data[960:]})]
    del device.sent[:]
    blobs.read_blob_array()
    reads = [data.hex() for command, data in device.sent]
    return {"array": data.hex(), "writes": writes, "reads": reads}


def large_blob_entry():
    key, nonce, plain = b"k" * 32, b"n" * 12, b"a note for this credential, a note for this credential"
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    compressed = deflate.compress(plain) + deflate.flush()
    sealed = AESGCM(key).encrypt(nonce, compressed, b"blob" + struct.pack("<Q", len(plain)))
    return {
        "key": key.hex(),
        "plain": plain.hex(),
        "entry": cbor.encode({1: sealed, 2: nonce, 3: len(plain)}).hex(),
    }


def crypto(protocol):
    z, message, plain = b"z" * 32, b"message", bytes(range(64))
    secret = PROTOCOLS[protocol].kdf(z)
    return {
        "z": z.hex(),
        "secret": secret.hex(),
        "plain": plain.hex(),
        "sealed": PROTOCOLS[protocol].encrypt(secret, plain).hex(),
        "message": message.hex(),
        "mac": PROTOCOLS[protocol].authenticate(secret, message).hex(),
    }


def persistent():
    def seal(info, plain):
        key = HKDF(hashes.SHA256(), 16, b"\0" * 32, info, default_backend()).derive(TOKEN)
        iv = b"i" * 16
        encryptor = Cipher(algorithms.AES(key), modes.CBC(iv), default_backend()).encryptor()
        return (iv + encryptor.update(plain) + encryptor.finalize()).hex()

    return {
        "token": TOKEN.hex(),
        "encIdentifier": seal(b"encIdentifier", b"identifier-16byt"),
        "encCredStoreState": seal(b"encCredStoreState", b"store-state-16by"),
    }


def u2f():
    # The examples of "FIDO U2F Raw Message Formats", sections 8.1 and 8.2.
    registration = bytes.fromhex(
        "0504b174bc49c7ca254b70d2e5c207cee9cf174820ebd77ea3c65508c26da51b657c1cc6b952f8621697936482da0a6d3d3826a59095daf6cd7c03e2e60385d2f6d9402a552dfdb7477ed65fd84133f86196010b2215b57da75d315b7b9e8fe2e3925a6019551bab61d16591659cbaf00b4950f7abfe6660e2e006f76868b772d70c253082013c3081e4a003020102020a47901280001155957352300a06082a8648ce3d0403023017311530130603550403130c476e756262792050696c6f74301e170d3132303831343138323933325a170d3133303831343138323933325a3031312f302d0603550403132650696c6f74476e756262792d302e342e312d34373930313238303030313135353935373335323059301306072a8648ce3d020106082a8648ce3d030107034200048d617e65c9508e64bcc5673ac82a6799da3c1446682c258c463fffdf58dfd2fa3e6c378b53d795c4a4dffb4199edd7862f23abaf0203b4b8911ba0569994e101300a06082a8648ce3d0403020347003044022060cdb6061e9c22262d1aac1d96d8c70829b2366531dda268832cb836bcd30dfa0220631b1459f09e6330055722c8d89b7f48883b9089b88d60d1d9795902b30410df304502201471899bcc3987e62e8202c9b39c33c19033f7340352dba80fcab017db9230e402210082677d673d891933ade6f617e5dbde2e247e70423fd5ad7804a6d3d3961ef871"
    )
    register_client = bytes.fromhex("4142d21c00d94ffb9d504ada8f99b721f4b191ae4e37ca0140f696b6983cfacb")
    register_app = bytes.fromhex("f0e6a6a97042a4f1f1c87f5f7d44315b2d852c2df5c7991cc66241bf7072d1c4")
    signature = bytes.fromhex(
        "0100000001304402204b5f0cd17534cedd8c34ee09570ef542a353df4436030ce43d406de870b847780220267bb998fac9b7266eb60e7cb0b5eabdfd5ba9614f53c7b22272ec10047a923f"
    )
    sign_client = bytes.fromhex("ccd6ee2e47baef244d49a222db496bad0ef5b6f93aa7cc4d30c4821b3b9dbc57")
    sign_app = bytes.fromhex("4b0be934baebb5d12d26011b69227fa5e86df94e7d94aa2949a89f2d493992ca")
    sign_key = bytes.fromhex(
        "04d368f1b665bade3c33a20f1e429c7750d5033660c019119d29aa4ba7abc04aa7c80a46bbe11ca8cb5674d74f31f8a903f6bad105fb6ab74aefef4db8b0025e1d"
    )
    handle = b"\3" * 64

    device = Device({})
    device.answers = [registration + b"\x90\0"]
    ctap = Ctap1(device)
    data = ctap.register(register_client, register_app)
    data.verify(register_app, register_client)
    vectors = {
        "register": {
            "clientDataHash": register_client.hex(),
            "appIdHash": register_app.hex(),
            "request": last(device),
            "answer": registration.hex(),
            "keyHandle": data.key_handle.hex(),
            "publicKey": data.public_key.hex(),
            "certificate": data.certificate.hex(),
            "signature": data.signature.hex(),
        }
    }
    attestation = AttestationObject.from_ctap1(register_app, RegistrationData(registration))
    vectors["register"]["authData"] = bytes(attestation.auth_data).hex()
    vectors["register"]["attStmt"] = cbor.encode(attestation.att_statement).hex()

    device.answers = [signature + b"\x90\0"]
    signed = ctap.authenticate(sign_client, sign_app, handle)
    signed.verify(sign_app, sign_client, sign_key)
    assertion = AssertionResponse.from_ctap1(
        sign_app, {"type": "public-key", "id": handle}, SignatureData(signature)
    )
    vectors["authenticate"] = {
        "clientDataHash": sign_client.hex(),
        "appIdHash": sign_app.hex(),
        "keyHandle": handle.hex(),
        "publicKey": sign_key.hex(),
        "request": last(device),
        "answer": signature.hex(),
        "authData": bytes(assertion.auth_data).hex(),
        "signature": bytes(assertion.signature).hex(),
    }
    device.answers = [signature + b"\x90\0"]
    ctap.authenticate(sign_client, sign_app, handle, check_only=True)
    vectors["authenticate"]["checkOnly"] = last(device)
    device.answers = [b"U2F_V2\x90\0"]
    ctap.get_version()
    vectors["version"] = last(device)
    return vectors


def main():
    pre = ("FIDO_2_0", "FIDO_2_1_PRE")
    bio_pre = {"credentialMgmtPreview": True, "userVerificationMgmtPreview": True}
    vectors = {
        "token": TOKEN.hex(),
        "clientDataHash": HASH.hex(),
        "basic": basic(),
        "credentialManagement": {p: credential_management({"credMgmt": True}, p) for p in (1, 2)},
        "credentialManagementPreview": credential_management({"credentialMgmtPreview": True}, 1),
        "bioEnrollment": {p: bio_enrollment({"bioEnroll": False}, ("FIDO_2_1",), p) for p in (1, 2)},
        "bioEnrollmentPreview": bio_enrollment(bio_pre, pre, 1),
        "config": {p: config(p) for p in (1, 2)},
        "largeBlobs": {p: large_blobs(p) for p in (1, 2)},
        "largeBlobEntry": large_blob_entry(),
        "crypto": {p: crypto(p) for p in (1, 2)},
        "persistent": persistent(),
        "u2f": u2f(),
    }
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "vectors.json")
    with open(path, "w") as file:
        json.dump(vectors, file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    main()
