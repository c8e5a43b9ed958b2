import { z } from 'zod';
import { Bytes, type CborMap, CtapError, cborMap, mapOf, PERMISSION, STATUS } from '../../ctap/index.ts';
import { authenticatorData } from './authenticator-data.ts';
import { findById, findResident, release, rpIdHash, type UsableCredential } from './credential-store.ts';
import { collectTouch, type DeviceContext, success, type Transaction } from './device-context.ts';
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

/** getNextAssertion must follow within this time, ms. CTAP 2.2 §6.3. */
const NEXT_LIMIT = 30_000;

const Options = mapOf({
  rk: z.boolean().optional(),
  up: z.boolean().optional(),
  uv: z.boolean().optional(),
});

/** A getAssertion with several credentials, of which the rest is still to be asked for. */
export type PendingAssertions = {
  rpId: string;
  hash: Uint8Array;
  userPresent: boolean;
  userVerified: boolean;
  credentialIds: Buffer[];
  /** UTC ms */
  since: number;
};

type Assertion = Omit<PendingAssertions, 'credentialIds' | 'since'>;

/** authenticatorGetAssertion (0x02), CTAP 2.2 §6.2; the steps are those of §6.2.2. */
export async function getAssertion(
  context: DeviceContext,
  parameters: Parameters,
  running: Transaction,
): Promise<{ answer: Uint8Array; pending: PendingAssertions | null }> {
  const rpId = parameters.required(0x01, z.string());
  const hash = clientDataHash(parameters, 0x02);
  const allowList = descriptorList(parameters, 0x03);
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

  const assertion = { rpId, hash, userPresent, userVerified };
  const found = locate(state, rpId, allowList, userVerified);
  try {
    const [first, ...rest] = found;
    if (first === undefined) throw new CtapError(STATUS.NO_CREDENTIALS);
    if (userPresent) {
      await collectTouch(context, running);
      context.pin.spendTokens();
    }
    const answer = sign(assertion, first, allowList === undefined ? found.length : 1);
    await context.vault.save();
    const credentialIds = allowList === undefined ? rest.map(({ id }) => id) : [];
    const pending = { ...assertion, credentialIds, since: context.clock.now() };
    return { answer: success(answer), pending: rest.length === 0 ? null : pending };
  } finally {
    for (const credential of found) release(credential);
  }
}

/** authenticatorGetNextAssertion (0x08), CTAP 2.2 §6.3. @throws CtapError NOT_ALLOWED */
export async function getNextAssertion(
  context: DeviceContext,
  pending: PendingAssertions | null,
): Promise<Uint8Array> {
  const id = pending?.credentialIds.shift();
  if (pending === null || id === undefined) throw new CtapError(STATUS.NOT_ALLOWED);
  const waited = context.clock.now() - pending.since;
  if (waited < 0 || waited > NEXT_LIMIT) throw new CtapError(STATUS.NOT_ALLOWED);
  const credential = findById(unlockedState(context), pending.rpId, id);
  if (credential === null) throw new CtapError(STATUS.NOT_ALLOWED);
  const answer = sign(pending, credential, 1);
  await context.vault.save();
  pending.since = context.clock.now();
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
function sign(assertion: Assertion, credential: UsableCredential, total: number): CborMap {
  const { rpId, hash, userPresent, userVerified } = assertion;
  const authData = authenticatorData({
    rpIdHash: rpIdHash(rpId),
    userPresent,
    userVerified,
    signCount: credential.nextSignCount(),
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
