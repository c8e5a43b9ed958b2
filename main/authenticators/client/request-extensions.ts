import { fromBase64url, type RequestExtensions, toBase64url } from '../../../shared/domain/index.ts';
import { KeywrightError } from '../../../shared/errors/index.ts';
import {
  type AssertionAnswer,
  type AuthenticatorInfo,
  type CallOptions,
  type CborMap,
  type Ctap2,
  CtapError,
  EXTENSION,
  getAssertionExtensions,
  HMAC_SECRET_LENGTH,
  type HmacSalts,
  HmacSecret,
  LargeBlobs,
  PERMISSION,
  type PinUvAuthToken,
  parseAssertionOutputs,
  parseAuthenticatorData,
  prfInputsFit,
  prfSalts,
  prfValuesFor,
  supportsExtension,
} from '../../ctap/index.ts';
import { openSecrets, prfInputs } from './extension-support.ts';
import { clientPinFor } from './proof.ts';

/** Extensions of one getAssertion. */
export type PreparedRequest = {
  /** What the authenticator is asked, undefined where it is nothing. */
  request: CborMap | undefined;
  /**
   * `clientExtensionResults`; reads or writes the large blob. WebAuthn Level 3 §5.1.
   * @throws KeywrightError `authenticator.malformed_answer`
   */
  results(
    answer: AssertionAnswer,
    token: PinUvAuthToken | null,
    call: CallOptions,
  ): Promise<Record<string, unknown>>;
  /** Overwrites the secrets. */
  wipe(): void;
};

/** Permissions that extensions need of a token beside `ga`. CTAP 2.2 §6.10. */
export function permissionsFor(input: RequestExtensions, info: AuthenticatorInfo): number {
  // Authenticators without large blobs refuse a token that is also for them.
  return input.largeBlob?.write !== undefined && info.options.largeBlobs === true ? PERMISSION.lbw : 0;
}

/**
 * Refuses inputs that make no sense together. WebAuthn Level 3 §10.1.4, §10.1.5.
 * @param allowList credential ids, base64url
 * @throws KeywrightError `input.invalid` for inputs of prf that name credentials which are not in the list, and for a
 *   large blob that is written to other than one credential
 */
export function checkRequest({ prf, largeBlob }: RequestExtensions, allowList: readonly string[]): void {
  if (!prfInputsFit(prfInputs(prf), allowList)) {
    throw new KeywrightError('input.invalid', { details: { field: 'extensions.prf.evalByCredential' } });
  }
  if (largeBlob?.write !== undefined && allowList.length !== 1) {
    throw new KeywrightError('input.invalid', { details: { field: 'extensions.largeBlob.write' } });
  }
}

/** True where it must be known before the command which credential of the allow list will sign. WebAuthn §10.1.4. */
export function needsTheCredential({ prf }: RequestExtensions): boolean {
  return Object.keys(prf?.evalByCredential ?? {}).length > 0;
}

/**
 * Turns the inputs of client extensions into those of the authenticator. What it does not know is left out.
 * WebAuthn Level 3 §10.1, CTAP 2.2 §12.
 * @param wish `credentialId` is the only credential that can sign, base64url; undefined where it is not known
 * @throws KeywrightError `input.invalid` for salts of another length than 32 bytes
 */
export async function prepareRequest(
  ctap: Ctap2,
  wish: { input: RequestExtensions; info: AuthenticatorInfo; credentialId: string | undefined },
  signal: AbortSignal,
): Promise<PreparedRequest> {
  const { input, info } = wish;
  const salts = supportsExtension(info, EXTENSION.hmacSecret) ? saltsFor(input, wish.credentialId) : null;
  const secret =
    salts === null ? null : new HmacSecret(await clientPinFor(ctap, info).sharedSecret({ signal }), salts);
  const blob = input.largeBlob;
  const largeBlobKey = blob !== undefined && info.options.largeBlobs === true;
  return {
    request: getAssertionExtensions({
      hmacSecret: secret?.input,
      credBlob: input.getCredBlob === true && supportsExtension(info, EXTENSION.credBlob),
      largeBlobKey,
      thirdPartyPayment:
        input.payment?.isPayment === true && supportsExtension(info, EXTENSION.thirdPartyPayment),
    }),
    results: async (answer, token, call) => {
      const outputs = parseAssertionOutputs(parseAuthenticatorData(answer.authData).extensions);
      const sealed = outputs.hmacSecret;
      const secrets = secret === null || sealed === undefined ? null : openSecrets(secret, sealed);
      return {
        ...(input.prf === undefined ? {} : { prf: secrets === null ? {} : { results: secrets } }),
        ...(input.hmacGetSecret === undefined || secrets === null
          ? {}
          : { hmacGetSecret: { output1: secrets.first, output2: secrets.second } }),
        ...(input.getCredBlob === true && outputs.credBlob !== undefined
          ? { getCredBlob: toBase64url(outputs.credBlob) }
          : {}),
        ...(blob === undefined
          ? {}
          : {
              largeBlob: await largeBlobResults(
                largeBlobKey ? new LargeBlobs(ctap, info, token) : null,
                blob,
                answer.largeBlobKey,
                call,
              ),
            }),
      };
    },
    wipe: () => secret?.wipe(),
  };
}

function saltsFor(input: RequestExtensions, credentialId: string | undefined): HmacSalts | null {
  const { prf, hmacGetSecret } = input;
  const values = prfValuesFor(prfInputs(prf), credentialId);
  if (values !== undefined) return prfSalts(values);
  if (hmacGetSecret === undefined) return null;
  const first = fromBase64url(hmacGetSecret.salt1);
  const second = hmacGetSecret.salt2 === undefined ? undefined : fromBase64url(hmacGetSecret.salt2);
  if ([first, second ?? first].some(({ length }) => length !== HMAC_SECRET_LENGTH)) {
    throw new KeywrightError('input.invalid', { details: { field: 'extensions.hmacGetSecret' } });
  }
  return { first, second };
}

async function largeBlobResults(
  blobs: LargeBlobs | null,
  wish: NonNullable<RequestExtensions['largeBlob']>,
  key: Uint8Array | undefined,
  call: CallOptions,
): Promise<Record<string, unknown>> {
  const nothing = wish.write === undefined ? {} : { written: false };
  if (blobs === null || key === undefined) return nothing;
  try {
    if (wish.write !== undefined) {
      await blobs.put(key, fromBase64url(wish.write), call);
      return { written: true };
    }
    const blob = wish.read === true ? await blobs.get(key, call) : null;
    return blob === null ? {} : { blob: toBase64url(blob) };
  } catch (error) {
    // The signature is there and holds: a page is told that the blob is not, as WebAuthn §10.1.5 asks.
    if (isRefusal(error)) return nothing;
    throw error;
  } finally {
    key.fill(0);
  }
}

/** True where the authenticator, or its room, said no; false where it is gone or the person cancelled. */
function isRefusal(error: unknown): boolean {
  if (CtapError.is(error, 'KEEPALIVE_CANCEL')) return false;
  const full = error instanceof KeywrightError && error.code === 'authenticator.large_blob_full';
  return full || error instanceof CtapError;
}
