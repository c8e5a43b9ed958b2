import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect, onTestFinished, type TestContext } from 'vitest';
import { pinToBytes } from '../../main/authenticators/index.ts';
import { createSecurityKeys } from '../../main/authenticators/usb/security-keys.ts';
import { openUdpPipe } from '../../main/authenticators/usb/udp-pipe.ts';
import {
  type AssertionAnswer,
  type AttestationAnswer,
  type AuthenticatorInfo,
  type CborMap,
  ClientPin,
  type CredentialDescriptor,
  Ctap2,
  cborMap,
  encodeCbor,
  type GetAssertionRequest,
  HidDevice,
  type MakeCredentialRequest,
  PERMISSION,
  PIN_UV_AUTH_PROTOCOLS,
  type PinUvAuthProtocol,
  type PinUvAuthToken,
  parseAuthenticatorData,
} from '../../main/ctap/index.ts';
import { type CtapSimulator, readEnvironment } from '../../main/platform/index.ts';
import { ALGORITHMS, verifyAssertion, verifyRegistration } from '../../main/webauthn/index.ts';
import { toBase64url } from '../../shared/domain/index.ts';
import { KeywrightError } from '../../shared/errors/index.ts';

/**
 * What the tests against firmware share. The firmware runs in a simulator that takes packets over UDP;
 * `KEYWRIGHT_CTAP_UDP` names it. It is reset, locked and wiped. `KEYWRIGHT_CTAP_RESTART` may hold a shell command
 * that takes the power from the simulator and gives it back, and keeps what it had stored.
 */

const [named] = readEnvironment().simulators;
const restartCommand = process.env.KEYWRIGHT_CTAP_RESTART?.trim() || null;

/** True where no simulator is named. */
export const absent = named === undefined;

/** Starting may take a simulator so long, ms. */
const START = 15_000;

export const ORIGIN = 'https://keys.example';
export const RP_ID = 'keys.example';
export const PIN = '135790';

export function simulator(): CtapSimulator {
  if (named === undefined) throw new Error('KEYWRIGHT_CTAP_UDP names no simulator.');
  return named;
}

/** The simulator among the security keys of this computer, as the application sees it. */
export function securityKeys() {
  return createSecurityKeys({ udp: [simulator()], linux: null });
}

/** The simulator opened for ceremonies; closed when the test has ended. */
export async function openAuthenticator() {
  const keys = securityKeys();
  const [device] = await keys.list();
  if (device === undefined) throw new Error('The simulator does not run.');
  const authenticator = await keys.open(device.id);
  onTestFinished(() => authenticator.close());
  return authenticator;
}

export type Key = { hid: HidDevice; ctap: Ctap2; info: AuthenticatorInfo };

/** The simulator opened for commands of its own, and what it says about itself; the receiver closes it. */
export async function connect(): Promise<Key> {
  const hid = await HidDevice.open(await openUdpPipe(simulator()));
  const ctap = new Ctap2(hid);
  return { hid, ctap, info: await ctap.getInfo() };
}

/** As {@link connect}; closed when the test has ended. */
export async function openKey(): Promise<Key> {
  const key = await connect();
  onTestFinished(() => key.hid.close());
  return key;
}

/** What the simulator says about itself now. */
export async function infoNow(): Promise<AuthenticatorInfo> {
  const { hid, info } = await connect();
  hid.close();
  return info;
}

/** Skips the test, by name and with the reason, where the simulator cannot be made to lose its power. */
export function needsRestart(context: TestContext): void {
  context.skip(
    restartCommand === null,
    'needs KEYWRIGHT_CTAP_RESTART, a command that restarts the simulator',
  );
}

/** Takes the power and gives it back. Nothing may have the simulator open. */
export async function restart(): Promise<void> {
  if (restartCommand === null) throw new Error('KEYWRIGHT_CTAP_RESTART holds no command.');
  await promisify(execFile)('/bin/sh', ['-c', restartCommand], { timeout: START });
  const end = performance.now() + START;
  for (;;) {
    try {
      await infoNow();
      return;
    } catch (error) {
      if (!(error instanceof KeywrightError) || performance.now() > end) throw error;
    }
    await delay(100);
  }
}

/**
 * authenticatorReset, after a restart where that is possible: many allow it only shortly after they got power.
 * CTAP 2.2 §6.6.
 * @returns false where the simulator does not allow it now
 */
export async function reset(): Promise<boolean> {
  if (restartCommand !== null) await restart();
  const { hid, ctap } = await connect();
  try {
    await ctap.reset();
    return true;
  } catch (error) {
    if (error instanceof KeywrightError && error.code === 'authenticator.not_allowed') return false;
    throw error;
  } finally {
    hid.close();
  }
}

/** A simulator without a PIN; what else it holds does not matter. */
export async function begin(): Promise<void> {
  if (await reset()) return;
  const { options } = await infoNow();
  if (options.clientPin !== true) return;
  throw new Error('The simulator has a PIN and refuses to be reset: start it anew, without its state.');
}

/** The PIN/UV auth protocols that both sides know. */
export function protocolsOf(info: AuthenticatorInfo): PinUvAuthProtocol[] {
  return PIN_UV_AUTH_PROTOCOLS.filter(({ version }) => info.pinUvAuthProtocols.includes(version));
}

/** Skips the test where the simulator has no PIN, or none was set. */
export function needsPin(context: TestContext, info: AuthenticatorInfo): void {
  context.skip(info.options.clientPin !== true, 'the firmware has no PIN, or none is set');
}

/** authenticatorClientPIN, with the better protocol unless told otherwise. */
export function clientPin({ ctap, info }: Key, protocol = protocolsOf(info)[0]): ClientPin {
  if (protocol === undefined) throw new Error('No PIN/UV auth protocol in common.');
  return new ClientPin(ctap, protocol);
}

/** A token for the PIN, or undefined where none is set. */
export async function token(
  key: Key,
  options: { permissions: number; rpId?: string; protocol?: PinUvAuthProtocol },
): Promise<PinUvAuthToken | undefined> {
  if (key.info.options.clientPin !== true) return undefined;
  const client = clientPin(key, options.protocol);
  const pin = pinToBytes(PIN);
  return key.info.options.pinUvAuthToken === true
    ? client.getPinUvAuthTokenUsingPinWithPermissions(pin, options.permissions, options.rpId)
    : client.getPinToken(pin);
}

export type ClientData = { challenge: string; json: Buffer; hash: Buffer };

/** Client data with a new challenge. WebAuthn §5.8.1. */
export function clientDataOf(type: 'webauthn.create' | 'webauthn.get'): ClientData {
  const challenge = toBase64url(randomBytes(32));
  const json = Buffer.from(JSON.stringify({ type, challenge, origin: ORIGIN, crossOrigin: false }));
  return { challenge, json, hash: createHash('sha256').update(json).digest() };
}

/** A credential that the relying party knows. */
export type Known = {
  id: Uint8Array;
  publicKey: Uint8Array;
  signCount: number;
  user: Uint8Array;
  rpId: string;
  attestationFormat: string;
  /** As it came, for those who look at extensions. */
  authData: Uint8Array;
  largeBlobKey: Uint8Array | undefined;
};

type MakeWish = Partial<Pick<MakeCredentialRequest, 'excludeList' | 'pubKeyCredParams'>> & {
  rpId?: string;
  extensions?: CborMap | undefined;
  user?: { id: Uint8Array; name?: string; displayName?: string };
  rk?: boolean;
};

/** makeCredential at the level of CTAP, with the PIN where one is set; the relying party verifies what was made. */
export async function make(key: Key, wish: MakeWish = {}): Promise<Known> {
  const { rpId = RP_ID, user = { id: randomBytes(16), name: 'ada', displayName: 'Ada' }, rk } = wish;
  const clientData = clientDataOf('webauthn.create');
  const proof = await token(key, { permissions: PERMISSION.mc, rpId });
  const answer = await key.ctap.makeCredential({
    clientDataHash: clientData.hash,
    rp: { id: rpId, name: 'Keys' },
    user,
    pubKeyCredParams: wish.pubKeyCredParams ?? [{ type: 'public-key', alg: -7 }],
    ...(wish.excludeList === undefined ? {} : { excludeList: wish.excludeList }),
    ...(wish.extensions === undefined ? {} : { extensions: wish.extensions }),
    options: rk === undefined ? {} : { rk },
    pinUvAuth: proof?.authenticate(clientData.hash),
  });
  return known(answer, clientData, { rpId, user: user.id, verified: proof !== undefined });
}

/** The relying party verifies what was made, attestation and all. WebAuthn §7.1. */
export async function known(
  answer: AttestationAnswer,
  clientData: ClientData,
  about: { rpId: string; user: Uint8Array; verified: boolean },
): Promise<Known> {
  const { authData, fmt, attStmt, largeBlobKey } = answer;
  const id = toBase64url(
    parseAuthenticatorData(authData).attestedCredential?.credentialId ?? new Uint8Array(),
  );
  const attestationObject = encodeCbor(
    cborMap([
      ['fmt', fmt],
      ['attStmt', attStmt],
      ['authData', authData],
    ]),
  );
  const response = {
    clientDataJSON: toBase64url(clientData.json),
    attestationObject: toBase64url(attestationObject),
  };
  const credential = { id, rawId: id, type: 'public-key' as const, response, clientExtensionResults: {} };
  const made = await verifyRegistration(credential, {
    challenge: clientData.challenge,
    origin: ORIGIN,
    rpId: about.rpId,
    userVerification: about.verified ? 'required' : 'discouraged',
    algorithms: ALGORITHMS,
  });
  const { credentialId, publicKey, signCount, attestationFormat } = made;
  return { ...about, id: credentialId, publicKey, signCount, attestationFormat, authData, largeBlobKey };
}

type AssertWish = Partial<Pick<GetAssertionRequest, 'allowList' | 'options'>> & {
  rpId?: string;
  /** Asked for when the token is there: nothing may come between key agreement and its use. */
  extensions?: () => CborMap | undefined | Promise<CborMap | undefined>;
  /** False to sign without the PIN. */
  verify?: boolean;
  protocol?: PinUvAuthProtocol;
};

/** Answers to one getAssertion, with what the relying party needs to verify them. */
export type Signed = { answers: AssertionAnswer[]; clientData: ClientData; verified: boolean };

/** getAssertion and getNextAssertion at the level of CTAP, with the PIN where one is set. */
export async function sign(key: Key, wish: AssertWish = {}): Promise<Signed> {
  const { rpId = RP_ID, verify = true, allowList, extensions, options } = wish;
  const clientData = clientDataOf('webauthn.get');
  const protocol = wish.protocol === undefined ? {} : { protocol: wish.protocol };
  const proof = verify ? await token(key, { permissions: PERMISSION.ga, rpId, ...protocol }) : undefined;
  const asked = await extensions?.();
  const answers = await key.ctap.getAssertions({
    rpId,
    clientDataHash: clientData.hash,
    ...(allowList === undefined ? {} : { allowList }),
    ...(asked === undefined ? {} : { extensions: asked }),
    ...(options === undefined ? {} : { options }),
    pinUvAuth: proof?.authenticate(clientData.hash),
  });
  return { answers, clientData, verified: proof !== undefined };
}

/**
 * The relying party verifies an answer as one of this credential, which then has the new counter. WebAuthn §7.2.
 * @param named true where the request named this credential: then the answer need not name it, and the user handle
 *   does not count. It may be absent (WebAuthn §6.3.3), and some firmware tells the one of another credential.
 */
export async function holds(
  credential: Known,
  answer: AssertionAnswer | undefined,
  { clientData, verified }: Signed,
  named = true,
): Promise<void> {
  if (answer === undefined) throw new Error('no answer');
  const id = toBase64url(answer.credentialId ?? (named ? credential.id : new Uint8Array()));
  const response = {
    clientDataJSON: toBase64url(clientData.json),
    authenticatorData: toBase64url(answer.authData),
    signature: toBase64url(answer.signature),
    ...(named || answer.user === undefined ? {} : { userHandle: toBase64url(answer.user.id) }),
  };
  const assertion = { id, rawId: id, type: 'public-key' as const, response, clientExtensionResults: {} };
  const { id: credentialId, publicKey, signCount, user: userHandle, rpId } = credential;
  const held = await verifyAssertion(assertion, {
    challenge: clientData.challenge,
    origin: ORIGIN,
    rpId,
    userVerification: verified ? 'required' : 'discouraged',
    credential: { credentialId, publicKey, signCount, backupEligible: false, userHandle },
  });
  expect(held.userVerified).toBe(verified);
  credential.signCount = held.signCount;
}

export function descriptor({ id }: { id: Uint8Array }): CredentialDescriptor {
  return { id, type: 'public-key' };
}

/** Ids of credentials that no authenticator has, as long as a real one. */
export function foreign(count: number, length: number): CredentialDescriptor[] {
  return Array.from({ length: count }, () => descriptor({ id: randomBytes(length) }));
}
