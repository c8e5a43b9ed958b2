import { createHash, verify } from 'node:crypto';
import { type AuthenticationResponse, fromBase64url } from '../../shared/domain/index.ts';
import { KeywrightError } from '../../shared/errors/index.ts';
import { requireEcdsaSignature } from './der.ts';
import { library } from './library.ts';
import { type CoseKey, toKeyObject } from './public-key.ts';
import type { AssertionExpectation } from './types.ts';

const ED448 = -53;
const EC2 = 2;

/**
 * Verifies the signature of an assertion over authenticatorData and the hash of clientDataJSON (WebAuthn
 * Level 3 §7.2 steps 20 and 21).
 * @throws KeywrightError `auth.signature_invalid`; what the library found wrong is its cause
 */
export async function checkSignature(
  response: AuthenticationResponse,
  expected: AssertionExpectation,
  key: CoseKey,
): Promise<void> {
  let valid: boolean;
  try {
    if (key.shape?.kty === EC2) requireEcdsaSignature(fromBase64url(response.response.signature));
    // The library does not know Ed448; Node does. Only a caller who allows it at registration meets it here.
    valid = await (key.algorithm === ED448
      ? verifyByNode(response, key)
      : verifyByLibrary(response, expected));
  } catch (cause) {
    throw new KeywrightError('auth.signature_invalid', { cause });
  }
  if (!valid) throw new KeywrightError('auth.signature_invalid');
}

async function verifyByLibrary(
  { id, rawId, type, response }: AuthenticationResponse,
  expected: AssertionExpectation,
): Promise<boolean> {
  const { verifyAuthenticationResponse } = await library();
  const { clientDataJSON, authenticatorData, signature } = response;
  const { verified } = await verifyAuthenticationResponse({
    response: {
      id,
      rawId,
      type,
      response: { clientDataJSON, authenticatorData, signature },
      clientExtensionResults: {},
    },
    expectedChallenge: expected.challenge,
    expectedOrigin: expected.origin,
    expectedRPID: expected.rpId,
    ...(expected.topOrigin === undefined ? {} : { expectedTopOrigin: expected.topOrigin }),
    requireUserVerification: expected.userVerification === 'required',
    // The library looks at the counter before the signature, so anyone could provoke its error. With a stored
    // counter of 0 it accepts any; ours is compared afterwards.
    credential: { id, publicKey: new Uint8Array(expected.credential.publicKey), counter: 0 },
  });
  return verified;
}

async function verifyByNode({ response }: AuthenticationResponse, key: CoseKey): Promise<boolean> {
  const clientDataHash = createHash('sha256').update(fromBase64url(response.clientDataJSON)).digest();
  const signed = Buffer.concat([fromBase64url(response.authenticatorData), clientDataHash]);
  return verify(null, signed, toKeyObject(key), fromBase64url(response.signature));
}
