// Keywright's own CTAP client on UDP: each line `<operation> <count>` on standard input is run and answered by its
// time in ns. Usage: ctap-client.ts <port of the key> <port for answers>, both on 127.0.0.1. Its first line is JSON:
// the operations that the key has, and how many ids of the exclude list go into one search.
//
// The operations are those of ctap-peer.py, command by command: the relay between them and the key sees that they
// are. Pipe, transport, PIN/UV auth protocol and the checks of every answer are those of the product; authenticator
// data is taken apart, as python-fido2 does by itself, and the exclude list begins as a page gives it.
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import {
  descriptorsOf,
  fitList,
  probe,
  silentSize,
} from '../../main/authenticators/client/credential-lists.ts';
import { openUdpPipe } from '../../main/authenticators/usb/udp-pipe.ts';
import * as ctap from '../../main/ctap/index.ts';

const PIN = Buffer.from('123456');
const RP = { id: 'bench.example', name: 'Bench' };
const OTHER_RP = { id: 'other.example', name: 'Other' };
const ES256 = [{ alg: -7, type: 'public-key' }];
const RESIDENT = 50;
const EXCLUDED = 500;
const HOST = '127.0.0.1';

const [keyPort, answersPort] = process.argv.slice(2).map(Number);
if (keyPort === undefined || answersPort === undefined) throw new Error('two ports are wanted');

const pipe = await openUdpPipe({
  device: { host: HOST, port: keyPort },
  answers: { host: HOST, port: answersPort },
});
const client = new ctap.Ctap2(await ctap.HidDevice.open(pipe));
const info = await client.getInfo();
const protocol = ctap.PIN_UV_AUTH_PROTOCOLS.find(({ version }) => info.pinUvAuthProtocols.includes(version));
if (protocol === undefined) throw new Error('no PIN/UV auth protocol in common');
const clientPin = new ctap.ClientPin(client, protocol);
const clientDataHash = randomBytes(32);
// As long as ids usually are, or as this key would have made them: others would be left out at once.
const idLength = Math.min(64, info.maxCredentialIdLength ?? 64);
const excluded = Array.from({ length: EXCLUDED }, () => ({
  id: randomBytes(idLength).toString('base64url'),
}));

function token(permissions: number, rpId: string | undefined): Promise<ctap.PinUvAuthToken> {
  return info.options.pinUvAuthToken === true
    ? clientPin.getPinUvAuthTokenUsingPinWithPermissions(PIN, permissions, rpId)
    : clientPin.getPinToken(PIN);
}

async function withToken(
  permissions: number,
  rpId: string | undefined,
  run: (token: ctap.PinUvAuthToken) => Promise<void>,
): Promise<void> {
  const held = await token(permissions, rpId);
  try {
    await run(held);
  } finally {
    held.wipe();
  }
}

/** @param n the person's number: a second passkey for the same person takes the place of the first */
async function make(held: ctap.PinUvAuthToken, rp: typeof RP, n: number): Promise<void> {
  const answer = await client.makeCredential({
    clientDataHash,
    rp,
    user: { id: Buffer.alloc(16, n), name: `person ${n}`, displayName: `Person ${n}` },
    pubKeyCredParams: ES256,
    options: { rk: true },
    pinUvAuth: held.authenticate(clientDataHash),
  });
  ctap.parseAuthenticatorData(answer.authData);
}

function searches(): ctap.CredentialDescriptor[][] {
  const silent = silentSize(RP.id);
  const fitted = fitList(info, descriptorsOf(excluded), { command: silent, silent });
  if (fitted.fits) throw new Error('the list is not a long one');
  return fitted.batches;
}

/** Sets the PIN and makes the resident credentials, of which one is for getAssertion. */
async function setUp(): Promise<void> {
  if (info.options.clientPin !== false) throw new Error('the key is not a fresh one: it has a PIN');
  await clientPin.setPin(PIN);
  const resident = ctap.credentialManagementOf(info) === null ? 1 : RESIDENT;
  for (let n = 0; n < resident; n += 1) {
    const rp = n === 0 ? RP : OTHER_RP;
    await withToken(ctap.PERMISSION.mc, rp.id, (held) => make(held, rp, n));
  }
}

async function getAssertion(held: ctap.PinUvAuthToken): Promise<void> {
  const pinUvAuth = held.authenticate(clientDataHash);
  const answer = await client.getAssertion({ rpId: RP.id, clientDataHash, pinUvAuth });
  ctap.parseAuthenticatorData(answer.authData);
}

async function excludeList(held: ctap.PinUvAuthToken): Promise<void> {
  const found = await probe(client, { rpId: RP.id, batches: searches(), token: held }, {});
  if (found !== null) throw new Error('a credential that was never made was found');
  await make(held, RP, 0);
}

async function enumerate(held: ctap.PinUvAuthToken): Promise<void> {
  const management = new ctap.CredentialManagement(client, info, held);
  let found = 0;
  for (const { rpIdHash } of await management.enumerateRps()) {
    found += (await management.enumerateCredentials(rpIdHash)).length;
  }
  if (found !== RESIDENT) throw new Error(`${found} credentials instead of ${RESIDENT}`);
}

const { mc, ga, cm } = ctap.PERMISSION;
const operations: Record<string, () => Promise<unknown>> = {
  getInfo: () => client.getInfo(),
  makeCredential: () => withToken(mc, RP.id, (held) => make(held, RP, 0)),
  getAssertion: () => withToken(ga, RP.id, getAssertion),
  excludeList: () => withToken(mc | ga, RP.id, excludeList),
  ...(ctap.credentialManagementOf(info) === null
    ? {}
    : { enumerate: () => withToken(cm, undefined, enumerate) }),
};

await setUp();
console.log(JSON.stringify({ operations: Object.keys(operations), searchSize: searches()[0]?.length }));
for await (const line of createInterface({ input: process.stdin })) {
  const [name = '', count] = line.split(' ');
  const run = operations[name];
  if (run === undefined) throw new Error(`no operation ${name}`);
  const start = process.hrtime.bigint();
  for (let n = 0; n < Number(count); n += 1) await run();
  console.log(String(process.hrtime.bigint() - start));
}
pipe.close();
