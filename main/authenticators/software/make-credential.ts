import { z } from 'zod';
import { Bytes, type CborMap, CtapError, cborMap, mapOf, PERMISSION, STATUS } from '../../ctap/index.ts';
import { authenticatorData } from './authenticator-data.ts';
import { createCredential, findById, release, rpIdHash } from './credential-store.ts';
import {
  collectTouch,
  credentialsWithoutPin,
  type DeviceContext,
  success,
  type Transaction,
} from './device-context.ts';
import {
  CreationInputs,
  creationOutputs,
  creationSalts,
  credBlobToKeep,
  credProtectLevel,
  largeBlobKeyOf,
  largeBlobWanted,
} from './extensions.ts';
import type { HmacSalts } from './hmac-secret.ts';
import type { KeyState, ResidentCredential } from './key-state.ts';
import type { Parameters } from './parameters.ts';
import { type Algorithm, cosePublicKey, isAlgorithm, signWith } from './private-key.ts';
import {
  answerEmptyPinParam,
  clientDataHash,
  descriptorList,
  User,
  unlockedState,
  verifyUser,
} from './verification.ts';
import type { CredProtect } from './wrapped-credential.ts';

const Rp = mapOf({ id: z.string().min(1) });
const CredParams = z.array(mapOf({ alg: z.int(), type: z.string() }));
const Options = mapOf({
  rk: z.boolean().optional(),
  up: z.boolean().optional(),
  uv: z.boolean().optional(),
});

/** authenticatorMakeCredential (0x01), CTAP 2.2 §6.1; the steps are those of §6.1.2. */
export async function makeCredential(
  context: DeviceContext,
  parameters: Parameters,
  running: Transaction,
): Promise<Uint8Array> {
  const hash = clientDataHash(parameters, 0x01);
  const rpId = parameters.required(0x02, Rp).id;
  const user = parameters.required(0x03, User);
  const credParams = parameters.required(0x04, CredParams);
  const excludeList = descriptorList(parameters, 0x05) ?? [];
  const inputs = parameters.optional(0x06, CreationInputs) ?? {};
  const options = parameters.optional(0x07, Options);
  const param = parameters.optional(0x08, Bytes);
  const protocol = parameters.optional(0x09, z.int());

  await answerEmptyPinParam(context, running, param);
  const alg = chooseAlgorithm(credParams);
  const rk = options?.rk ?? false;
  const credProtect = credProtectLevel(inputs);
  const largeBlob = largeBlobWanted(inputs, rk);
  // There is no built-in user verification, and a credential is never made without a touch.
  if (options?.uv === true || options?.up === false) throw new CtapError(STATUS.INVALID_OPTION);
  // Enterprise attestation (step 9) is not supported.
  if (parameters.has(0x0a)) throw new CtapError(STATUS.INVALID_PARAMETER);

  requireVerification(context, param !== undefined, rk);
  const permission = PERMISSION.mc;
  const userVerified = verifyUser(context, { param, protocol, message: hash, permission, rpId });
  const state = unlockedState(context);

  const excluded = isExcluded(state, rpId, excludeList, userVerified);
  await collectTouch(context, running);
  context.pin.spendTokens();
  if (excluded) throw new CtapError(STATUS.CREDENTIAL_EXCLUDED);

  const salts = creationSalts(context.pin, inputs);
  try {
    const request = { rpId, user, alg, rk, credProtect: credProtect ?? 1, largeBlob, inputs, salts };
    return success(await create(context, state, request, hash, userVerified));
  } finally {
    salts?.wipe();
  }
}

/** Step 3: the first algorithm that is supported. */
function chooseAlgorithm(credParams: { alg: number; type: string }[]): Algorithm {
  for (const { alg, type } of credParams) if (type === 'public-key' && isAlgorithm(alg)) return alg;
  throw new CtapError(STATUS.UNSUPPORTED_ALGORITHM);
}

/** Steps 6 to 8 and 10: whether the request must carry the proof of the PIN. */
function requireVerification(context: DeviceContext, verified: boolean, rk: boolean): void {
  if (verified) return;
  const needed = context.vault.pinSet && (rk || !credentialsWithoutPin(context));
  if (context.settings.alwaysUv || needed) throw new CtapError(STATUS.PUAT_REQUIRED);
}

/** Step 12: a credential of the list that may be seen is on this key. */
function isExcluded(
  state: KeyState,
  rpId: string,
  excludeList: Uint8Array[],
  userVerified: boolean,
): boolean {
  return excludeList.some((id) => {
    const found = findById(state, rpId, id);
    release(found);
    return found !== null && (found.credProtect !== 3 || userVerified);
  });
}

type Creation = {
  rpId: string;
  user: { id: Uint8Array; name?: string | undefined; displayName?: string | undefined };
  alg: Algorithm;
  rk: boolean;
  credProtect: CredProtect;
  largeBlob: boolean;
  inputs: CreationInputs;
  salts: HmacSalts | null;
};

/** Steps 16 to 19: makes, stores and attests the credential. Packed self attestation, WebAuthn §8.2. */
async function create(
  context: DeviceContext,
  state: KeyState,
  request: Creation,
  hash: Uint8Array,
  userVerified: boolean,
): Promise<CborMap> {
  const user: ResidentCredential['user'] = {
    id: Buffer.from(request.user.id),
    name: request.user.name,
    displayName: request.user.displayName,
  };
  const told = state.minPinLengthRpIds.includes(request.rpId);
  const minPINLength = told ? context.vault.minPINLength : undefined;
  const credential = createCredential(state, {
    ...request,
    user,
    credBlob: credBlobToKeep(request.inputs, request.rk),
  });
  try {
    const authData = authenticatorData({
      rpIdHash: rpIdHash(request.rpId),
      userPresent: true,
      userVerified,
      signCount: credential.nextSignCount(),
      attested: { credentialId: credential.id, publicKey: cosePublicKey(credential.key) },
      extensions: creationOutputs(request.inputs, {
        credential,
        userVerified,
        salts: request.salts,
        minPINLength,
      }),
    });
    const sig = signWith(credential.key, Buffer.concat([authData, hash]));
    await context.vault.save();
    return cborMap([
      [0x01, 'packed'],
      [0x02, authData],
      [
        0x03,
        cborMap([
          ['alg', request.alg],
          ['sig', sig],
        ]),
      ],
      [0x05, largeBlobKeyOf(credential)],
    ]);
  } finally {
    release(credential);
  }
}
