import { z } from 'zod';
import {
  AnyMap,
  Bytes,
  bytesOf,
  type CborMap,
  CRED_MGMT_SUBCOMMAND,
  CtapError,
  cborMap,
  encodeCbor,
  mapOf,
  PERMISSION,
  STATUS,
} from '../../ctap/index.ts';
import {
  deleteResident,
  findResidentById,
  remainingCredentials,
  residentOf,
  residentRps,
  rpIdHash,
} from './credential-store.ts';
import { type DeviceContext, success } from './device-context.ts';
import { largeBlobKeyOf } from './extensions.ts';
import type { ResidentCredential } from './key-state.ts';
import { Parameters } from './parameters.ts';
import { cosePublicKey } from './private-key.ts';
import { User, unlockedState, verifyToken } from './verification.ts';

const Descriptor = mapOf({ id: Bytes, type: z.string() });

/** authenticatorCredentialManagement (0x0A), CTAP 2.2 §6.8. */
export async function credentialManagement(
  context: DeviceContext,
  parameters: Parameters,
): Promise<Uint8Array> {
  const { continuation } = context;
  const subCommand = parameters.required(0x01, z.int());
  switch (subCommand) {
    case CRED_MGMT_SUBCOMMAND.enumerateRPsGetNextRP:
      return continuation.next('relyingParties');
    case CRED_MGMT_SUBCOMMAND.enumerateCredentialsGetNextCredential:
      return continuation.next('credentials');
  }
  continuation.end();
  switch (subCommand) {
    case CRED_MGMT_SUBCOMMAND.getCredsMetadata:
      return getCredsMetadata(context, parameters);
    case CRED_MGMT_SUBCOMMAND.enumerateRPsBegin:
      return enumerateRps(context, parameters);
    case CRED_MGMT_SUBCOMMAND.enumerateCredentialsBegin:
      return enumerateCredentials(context, parameters);
    case CRED_MGMT_SUBCOMMAND.deleteCredential:
      return deleteCredential(context, parameters);
    case CRED_MGMT_SUBCOMMAND.updateUserInformation:
      return updateUserInformation(context, parameters);
    default:
      throw new CtapError(STATUS.INVALID_SUBCOMMAND);
  }
}

/** getCredsMetadata (0x01), §6.8.2. */
function getCredsMetadata(context: DeviceContext, parameters: Parameters): Uint8Array {
  requireUnbound(authorise(context, parameters).boundTo);
  const state = unlockedState(context);
  return success(
    cborMap([
      [0x01, state.credentials.length],
      [0x02, remainingCredentials(state)],
    ]),
  );
}

/** enumerateRPsBegin (0x02), §6.8.3. */
function enumerateRps(context: DeviceContext, parameters: Parameters): Uint8Array {
  requireUnbound(authorise(context, parameters).boundTo);
  const [first, ...rest] = residentRps(unlockedState(context));
  if (first === undefined) throw new CtapError(STATUS.NO_CREDENTIALS);
  context.continuation.begin(
    'relyingParties',
    rest.map((rpId) => () => success(rpAnswer(rpId))),
  );
  return success(rpAnswer(first, rest.length + 1));
}

function rpAnswer(rpId: string, total?: number): CborMap {
  return cborMap([
    [0x03, new Map([['id', rpId]])],
    [0x04, rpIdHash(rpId)],
    [0x05, total],
  ]);
}

/** enumerateCredentialsBegin (0x04), §6.8.4. */
function enumerateCredentials(context: DeviceContext, parameters: Parameters): Uint8Array {
  const { boundTo, subParameters } = authorise(context, parameters);
  const hash = subParameters.required(0x01, bytesOf(32));
  if (boundTo !== null && !rpIdHash(boundTo).equals(hash)) throw new CtapError(STATUS.PIN_AUTH_INVALID);
  const [first, ...rest] = residentOf(unlockedState(context), hash);
  if (first === undefined) throw new CtapError(STATUS.NO_CREDENTIALS);
  context.continuation.begin(
    'credentials',
    rest.map((credential) => () => success(credentialAnswer(credential))),
  );
  return success(credentialAnswer(first, rest.length + 1));
}

function credentialAnswer(credential: ResidentCredential, total?: number): CborMap {
  const { id, user, key, credProtect } = credential;
  return cborMap([
    [
      0x06,
      cborMap([
        ['id', user.id],
        ['name', user.name],
        ['displayName', user.displayName],
      ]),
    ],
    [
      0x07,
      cborMap([
        ['id', id],
        ['type', 'public-key'],
      ]),
    ],
    [0x08, cosePublicKey(key)],
    [0x09, total],
    [0x0a, credProtect],
    [0x0b, largeBlobKeyOf(credential)],
  ]);
}

/** deleteCredential (0x06), §6.8.5. */
async function deleteCredential(context: DeviceContext, parameters: Parameters): Promise<Uint8Array> {
  const { boundTo, subParameters } = authorise(context, parameters);
  const credential = named(context, subParameters, boundTo);
  deleteResident(unlockedState(context), credential);
  await context.vault.save();
  return success();
}

/** updateUserInformation (0x07), §6.8.6: a name that is absent or empty is removed. */
async function updateUserInformation(context: DeviceContext, parameters: Parameters): Promise<Uint8Array> {
  const { boundTo, subParameters } = authorise(context, parameters);
  const user = subParameters.required(0x03, User);
  const credential = named(context, subParameters, boundTo);
  if (Buffer.compare(credential.user.id, user.id) !== 0) throw new CtapError(STATUS.INVALID_PARAMETER);
  credential.user = {
    id: credential.user.id,
    name: user.name || undefined,
    displayName: user.displayName || undefined,
  };
  await context.vault.save();
  return success();
}

/** The resident credential that a subcommand names. @throws CtapError NO_CREDENTIALS, PIN_AUTH_INVALID */
function named(
  context: DeviceContext,
  subParameters: Parameters,
  boundTo: string | null,
): ResidentCredential {
  const { id } = subParameters.required(0x02, Descriptor);
  const credential = findResidentById(unlockedState(context), id);
  if (credential === undefined) throw new CtapError(STATUS.NO_CREDENTIALS);
  if (boundTo !== null && boundTo !== credential.rpId) throw new CtapError(STATUS.PIN_AUTH_INVALID);
  return credential;
}

/** Checks the proof over subcommand and parameters. @throws CtapError those of {@link verifyToken} */
function authorise(context: DeviceContext, parameters: Parameters) {
  const subCommand = parameters.required(0x01, z.int());
  const map = parameters.optional(0x02, AnyMap);
  // The bytes are those that came: only the canonical form is let in.
  const encoded = map === undefined ? new Uint8Array() : encodeCbor(map);
  const boundTo = verifyToken(context, {
    param: parameters.optional(0x04, Bytes),
    protocol: parameters.optional(0x03, z.int()),
    message: Buffer.concat([Uint8Array.of(subCommand), encoded]),
    permission: PERMISSION.cm,
  });
  return { boundTo, subParameters: new Parameters(encoded) };
}

/** What is about all relying parties takes a token that is not bound to one. §6.8.2, §6.8.3. */
function requireUnbound(boundTo: string | null): void {
  if (boundTo !== null) throw new CtapError(STATUS.PIN_AUTH_INVALID);
}
