"""python-fido2 as a CTAP client on UDP: each line `<operation> <count>` on standard input is run and answered by
its time in ns. Usage: ctap-peer.py <port of the key> <port for answers> <ids in one search>, on 127.0.0.1. Its first
line is the version of python-fido2.

The operations are those of ctap-client.ts, command by command: the relay between them and the key sees that they
are. Everything is done by python-fido2's own classes as they come (Ctap2, ClientPin, CredentialManagement); only the
search through a long exclude list is written here, since Debian's 0.9.1 refuses such a list: it is `_filter_creds` of
python-fido2 2.x, after the list became descriptors, as Fido2Client has it.
"""

import os
import socket
import sys
import time

import fido2
from fido2.ctap import CtapError
from fido2.ctap2 import ClientPin, CredentialManagement, Ctap2
from fido2.hid import CtapHidDevice
from fido2.hid.base import CtapHidConnection, HidDescriptor
from fido2.webauthn import PublicKeyCredentialDescriptor

PIN = "123456"
RP = {"id": "bench.example", "name": "Bench"}
ES256 = [{"type": "public-key", "alg": -7}]
RESIDENT = 50
EXCLUDED = 500
HOST = "127.0.0.1"


class Udp(CtapHidConnection):
    def __init__(self, key, answers):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((HOST, answers))
        self.sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sender.connect((HOST, key))

    def write_packet(self, data):
        self.sender.send(data)

    def read_packet(self):
        return self.sock.recv(64)

    def close(self):
        self.sock.close()
        self.sender.close()


class Operations:
    def __init__(self, ctap, size):
        self.ctap = ctap
        self.size = size
        self.pin = ClientPin(ctap)
        self.digest = os.urandom(32)
        # A second passkey for the same person takes the place of the first.
        self.user = {"id": bytes(16), "name": "person 0", "displayName": "Person 0"}
        longest = min(64, ctap.info.max_cred_id_length or 64)
        self.excluded = [{"type": "public-key", "id": os.urandom(longest)} for _ in range(EXCLUDED)]

    def token(self, permissions, rp_id=RP["id"]):
        return self.pin.get_pin_token(PIN, permissions, rp_id)

    def proof(self, token):
        return self.pin.protocol.authenticate(token, self.digest), self.pin.protocol.VERSION

    def make(self, token):
        # python-fido2 takes the authenticator data and the key in it apart.
        return self.ctap.make_credential(
            self.digest, RP, self.user, ES256, None, None, {"rk": True}, *self.proof(token)
        )

    def getInfo(self):
        return self.ctap.get_info()

    def makeCredential(self):
        return self.make(self.token(ClientPin.PERMISSION.MAKE_CREDENTIAL))

    def getAssertion(self):
        token = self.token(ClientPin.PERMISSION.GET_ASSERTION)
        return self.ctap.get_assertion(RP["id"], self.digest, None, None, None, *self.proof(token))

    def excludeList(self):
        token = self.token(ClientPin.PERMISSION.MAKE_CREDENTIAL | ClientPin.PERMISSION.GET_ASSERTION)
        found = self.search(token)
        if found is not None:
            raise AssertionError("a credential that was never made was found")
        return self.make(token)

    def search(self, token):
        longest = self.ctap.info.max_cred_id_length
        given = PublicKeyCredentialDescriptor._wrap_list(self.excluded)
        creds = [c for c in given if not longest or len(c.id) <= longest]
        digest = b"\0" * 32
        proof = self.pin.protocol.authenticate(token, digest)
        for at in range(0, len(creds), self.size):
            chunk = creds[at : at + self.size]
            try:
                return self.ctap.get_assertions(
                    RP["id"], digest, chunk, None, {"up": False}, proof, self.pin.protocol.VERSION
                )
            except CtapError as error:
                if error.code != CtapError.ERR.NO_CREDENTIALS:
                    raise
        return None

    def enumerate(self):
        token = self.token(ClientPin.PERMISSION.CREDENTIAL_MGMT, None)
        management = CredentialManagement(self.ctap, self.pin.protocol, token)
        found = 0
        for rp in management.enumerate_rps():
            found += len(management.enumerate_creds(rp[CredentialManagement.RESULT.RP_ID_HASH]))
        if found != RESIDENT:
            raise AssertionError(f"{found} credentials instead of {RESIDENT}")


def main():
    connection = Udp(int(sys.argv[1]), int(sys.argv[2]))
    ctap = Ctap2(CtapHidDevice(HidDescriptor("udp", 0, 0, 64, 64), connection))
    operations = Operations(ctap, int(sys.argv[3]))
    print(fido2.__version__, flush=True)
    for line in sys.stdin:
        name, count = line.split()
        run = getattr(operations, name)
        start = time.perf_counter_ns()
        for _ in range(int(count)):
            run()
        print(time.perf_counter_ns() - start, flush=True)


main()
