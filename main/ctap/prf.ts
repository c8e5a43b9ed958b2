import { createHash } from 'node:crypto';
import type { HmacSalts } from './hmac-secret.ts';

/** Inputs of WebAuthn's prf extension: any bytes, one or two values. */
export type PrfValues = { first: Uint8Array; second?: Uint8Array | undefined };

/** The prf extension as a page gives it; the keys of `evalByCredential` are credential ids, base64url. */
export type PrfInputs = {
  eval?: PrfValues | undefined;
  evalByCredential?: Readonly<Record<string, PrfValues>> | undefined;
};

const CONTEXT = Buffer.from('WebAuthn PRF\0', 'ascii');

/** The salts of hmac-secret for inputs of prf: SHA-256 of a fixed context and the input. WebAuthn §10.1.4. */
export function prfSalts(values: PrfValues): HmacSalts {
  return { first: salt(values.first), second: values.second === undefined ? undefined : salt(values.second) };
}

function salt(input: Uint8Array): Buffer {
  return createHash('sha256').update(CONTEXT).update(input).digest();
}

/**
 * The inputs that hold for a credential: its own where there are any, else those for all. WebAuthn §10.1.4.
 * @param credentialId base64url; undefined where it is not known yet which credential will sign
 */
export function prfValuesFor(inputs: PrfInputs, credentialId: string | undefined): PrfValues | undefined {
  const { evalByCredential } = inputs;
  if (
    credentialId !== undefined &&
    evalByCredential !== undefined &&
    Object.hasOwn(evalByCredential, credentialId)
  ) {
    return evalByCredential[credentialId];
  }
  return inputs.eval;
}

/**
 * True where every key of `evalByCredential` names a credential of the allow list, as it must. WebAuthn §10.1.4.
 * @param allowList credential ids, base64url
 */
export function prfInputsFit(inputs: PrfInputs, allowList: readonly string[]): boolean {
  return Object.keys(inputs.evalByCredential ?? {}).every((id) => allowList.includes(id));
}
