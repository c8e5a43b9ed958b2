import { z } from 'zod';
import { Bytes, type CborMap, CtapError, cborMap, mapOf, STATUS } from '../../ctap/index.ts';
import type { UsableCredential } from './credential-store.ts';
import { derivedSecret, HmacSalts, HmacSecretInput } from './hmac-secret.ts';
import type { PinState } from './pin-state.ts';
import { type CredProtect, isCredProtect } from './wrapped-credential.ts';

/** The extensions that the key knows, as getInfo names them. CTAP 2.2 §12. */
export const EXTENSIONS = [
  'credProtect',
  'hmac-secret',
  'hmac-secret-mc',
  'credBlob',
  'largeBlobKey',
  'minPinLength',
];

/** The longest credBlob, bytes, as getInfo says. CTAP 2.2 §12.2. */
export const MAX_CRED_BLOB = 32;

/** Schema of the inputs of makeCredential. Extensions that nobody here knows are passed over. */
export const CreationInputs = mapOf({
  credProtect: z.int().optional(),
  'hmac-secret': z.boolean().optional(),
  'hmac-secret-mc': HmacSecretInput.optional(),
  credBlob: Bytes.optional(),
  largeBlobKey: z.boolean().optional(),
  minPinLength: z.boolean().optional(),
});
export type CreationInputs = z.output<typeof CreationInputs>;

/** Schema of the inputs of getAssertion. */
export const AssertionInputs = mapOf({
  'hmac-secret': HmacSecretInput.optional(),
  credBlob: z.boolean().optional(),
  largeBlobKey: z.boolean().optional(),
});
export type AssertionInputs = z.output<typeof AssertionInputs>;

/** The level of protection that is asked for. CTAP 2.2 §12.1. @throws CtapError INVALID_OPTION for an unknown one */
export function credProtectLevel({ credProtect }: CreationInputs): CredProtect | undefined {
  if (credProtect === undefined || isCredProtect(credProtect)) return credProtect;
  throw new CtapError(STATUS.INVALID_OPTION);
}

/** The credBlob that can be kept: not too long, and with a resident credential. CTAP 2.2 §12.2. */
export function credBlobToKeep({ credBlob }: CreationInputs, rk: boolean): Uint8Array | undefined {
  return rk && credBlob !== undefined && credBlob.length <= MAX_CRED_BLOB ? Buffer.from(credBlob) : undefined;
}

/**
 * Whether a new credential gets a largeBlobKey: only a resident one can. CTAP 2.2 §12.3.
 * @throws CtapError INVALID_OPTION
 */
export function largeBlobWanted({ largeBlobKey }: CreationInputs, rk: boolean): boolean {
  if (largeBlobKey === undefined) return false;
  if (!largeBlobKey || !rk) throw new CtapError(STATUS.INVALID_OPTION);
  return true;
}

/** The largeBlobKey of a credential that has one, 32 bytes. It is derived from the private key, and goes with it. */
export function largeBlobKeyOf({
  key,
  largeBlob,
}: Pick<UsableCredential, 'key' | 'largeBlob'>): Uint8Array | undefined {
  return largeBlob ? derivedSecret(key, 'keywright largeBlobKey') : undefined;
}

/**
 * The salts of hmac-secret-mc, or null. CTAP 2.2 §12, hmac-secret-mc: only together with hmac-secret.
 * @throws CtapError those of {@link HmacSalts}
 */
export function creationSalts(pin: PinState, inputs: CreationInputs): HmacSalts | null {
  const input = inputs['hmac-secret-mc'];
  return input === undefined || inputs['hmac-secret'] !== true ? null : new HmacSalts(pin, input);
}

/**
 * The salts of hmac-secret, or null. CTAP 2.2 §12, hmac-secret: a touch is a must.
 * @throws CtapError UNSUPPORTED_OPTION and those of {@link HmacSalts}
 */
export function assertionSalts(
  pin: PinState,
  inputs: AssertionInputs,
  userPresent: boolean,
): HmacSalts | null {
  const input = inputs['hmac-secret'];
  if (input === undefined) return null;
  if (!userPresent) throw new CtapError(STATUS.UNSUPPORTED_OPTION);
  return new HmacSalts(pin, input);
}

/** What goes into the authenticator data of a new credential; undefined where nothing was asked. */
export function creationOutputs(
  inputs: CreationInputs,
  made: {
    credential: UsableCredential;
    userVerified: boolean;
    salts: HmacSalts | null;
    /** The shortest length of PINs, where the relying party may learn it. */
    minPINLength: number | undefined;
  },
): CborMap | undefined {
  const { credential, userVerified, salts, minPINLength } = made;
  return orNothing(
    cborMap([
      ['credProtect', credProtectLevel(inputs)],
      ['hmac-secret', inputs['hmac-secret'] === true ? true : undefined],
      ['hmac-secret-mc', salts?.seal(credential.key, userVerified)],
      ['credBlob', inputs.credBlob === undefined ? undefined : credential.credBlob !== undefined],
      ['minPinLength', inputs.minPinLength === true ? minPINLength : undefined],
    ]),
  );
}

/** What goes into the authenticator data of an assertion; undefined where nothing was asked. */
export function assertionOutputs(
  inputs: AssertionInputs,
  salts: HmacSalts | null,
  credential: UsableCredential,
  userVerified: boolean,
): CborMap | undefined {
  return orNothing(
    cborMap([
      ['hmac-secret', salts?.seal(credential.key, userVerified)],
      ['credBlob', inputs.credBlob === true ? (credential.credBlob ?? new Uint8Array()) : undefined],
    ]),
  );
}

function orNothing(map: CborMap): CborMap | undefined {
  return map.size === 0 ? undefined : map;
}
