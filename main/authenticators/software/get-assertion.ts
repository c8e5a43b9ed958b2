import { z } from 'zod';
import { Bytes, type CborMap, CtapError, cborMap, mapOf, PERMISSION, STATUS } from '../../ctap/index.ts';
import { authenticatorData } from './authenticator-data.ts';
import { findById, findResident, release, rpIdHash, type UsableCredential } from './credential-store.ts';
import { collectTouch, type DeviceContext, success, type Transaction } from './device-context.ts';
import { AssertionInputs, assertionOutputs, assertionSalts, largeBlobKeyOf } from './extensions.ts';
import type { KeyState } from './key-state.ts';
import type { Parameters } from './parameters.ts';
import { signWith } from './private-key.ts';
import {
  answerEmptyPinParam,
  clientDataHash,
  descriptorList,
  unlockedState,
  verifyUser,
} from './verification.ts';

const Options = mapOf({
  rk: z.boolean().optional(),
  up: z.boolean().optional(),
  uv: z.boolean().optional(),
});

/** What all the assertions of one request have in common. */
type Assertion = {
  rpId: string;
  hash: Uint8Array;
  userPresent: boolean;
  userVerified: boolean;
  largeBlobKey: boolean;
};

/**
 * authenticatorGetAssertion (0x02), CTAP 2.2 §6.2; the steps are those of §6.2.2. Where there are several credentials,
 * authenticatorGetNextAssertion (0x08, §6.3) is prepared.
 */
export async function getAssertion(
  context: DeviceContext,
  parameters: Parameters,
  running: Transaction,
): Promise<Uint8Array> {
  const rpId = parameters.required(0x01, z.string());
  const hash = clientDataHash(parameters, 0x02);
  const allowList = descriptorList(parameters, 0x03);
  const inputs = parameters.optional(0x04, AssertionInputs) ?? {};
  const options = parameters.optional(0x05, Options);
  const param = parameters.optional(0x06, Bytes);
  const protocol = parameters.optional(0x07, z.int());

  await answerEmptyPinParam(context, running, param);
  if (options?.uv === true) throw new CtapError(STATUS.INVALID_OPTION);
  if (options?.rk !== undefined) throw new CtapError(STATUS.UNSUPPORTED_OPTION);
  const userPresent = options?.up ?? true;
  if (context.settings.alwaysUv && userPresent && param === undefined) {
    throw new CtapError(STATUS.PUAT_REQUIRED);
  }
  const permission = PERMISSION.ga;
  const userVerified = verifyUser(context, { param, protocol, message: hash, permission, rpId });
  const state = unlockedState(context);

  const largeBlobKey = inputs.largeBlobKey === true;
  const assertion = { rpId, hash, userPresent, userVerified, largeBlobKey };
  const salts = assertionSalts(context.pin, inputs, userPresent);
  const found = locate(state, rpId, allowList, userVerified);
  try {
    const [first, ...rest] = found;
    if (first === undefined) throw new CtapError(STATUS.NO_CREDENTIALS);
    if (userPresent) {
      await collectTouch(context, running);
      context.pin.spendTokens();
    }
    // Sealed as they are, they may wait for getNextAssertion; salts and keys need not.
    const outputs = new Map(found.map((each) => [each, assertionOutputs(inputs, salts, each, userVerified)]));
    const answer = sign(assertion, first, outputs.get(first), found.length);
    await context.vault.save();
    context.continuation.begin(
      'assertions',
      rest.map(
        (credential) => () => nextAssertion(context, assertion, credential.id, outputs.get(credential)),
      ),
    );
    return success(answer);
  } finally {
    salts?.wipe();
    for (const credential of found) release(credential);
  }
}

async function nextAssertion(
  context: DeviceContext,
  assertion: Assertion,
  id: Buffer,
  extensions: CborMap | undefined,
): Promise<Uint8Array> {
  const credential = findById(unlockedState(context), assertion.rpId, id);
  if (credential === null) throw new CtapError(STATUS.NOT_ALLOWED);
  const answer = sign(assertion, credential, extensions, 1);
  await context.vault.save();
  return success(answer);
}

/** Step 7: with a list the first of its credentials that is here, without one the resident ones, newest first. */
function locate(
  state: KeyState,
  rpId: string,
  allowList: Uint8Array[] | undefined,
  userVerified: boolean,
): UsableCredential[] {
  // CTAP 2.2 §12.1: level 3 always needs the PIN, level 2 needs it where no id is named.
  if (allowList === undefined) {
    return findResident(state, rpId).filter(({ credProtect }) => userVerified || credProtect === 1);
  }
  for (const id of allowList) {
    const found = findById(state, rpId, id);
    if (found !== null && (userVerified || found.credProtect !== 3)) return [found];
    release(found);
  }
  return [];
}

/** Steps 11 to 13. WebAuthn §6.3.3. */
function sign(
  assertion: Assertion,
  credential: UsableCredential,
  extensions: CborMap | undefined,
  total: number,
): CborMap {
  const { rpId, hash, userPresent, userVerified } = assertion;
  const authData = authenticatorData({
    rpIdHash: rpIdHash(rpId),
    userPresent,
    userVerified,
    signCount: credential.nextSignCount(),
    extensions,
  });
  return cborMap([
    [
      0x01,
      cborMap([
        ['id', credential.id],
        ['type', 'public-key'],
      ]),
    ],
    [0x02, authData],
    [0x03, signWith(credential.key, Buffer.concat([authData, hash]))],
    [0x04, userEntity(credential, userVerified)],
    [0x05, total > 1 ? total : undefined],
    [0x07, assertion.largeBlobKey ? largeBlobKeyOf(credential) : undefined],
  ]);
}

/** Names tell who a person is, so they go out only after the PIN was given. CTAP 2.2 §6.2.2 step 12. */
function userEntity({ user }: UsableCredential, userVerified: boolean): CborMap | undefined {
  if (user === null) return undefined;
  return cborMap([
    ['id', user.id],
    ['name', userVerified ? user.name : undefined],
    ['displayName', userVerified ? user.displayName : undefined],
  ]);
}
