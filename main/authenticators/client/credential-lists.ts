import { KeywrightError } from '../../../shared/errors/index.ts';
import {
  type AuthenticatorInfo,
  type CallOptions,
  COMMAND,
  type CredentialDescriptor,
  type Ctap2,
  CtapError,
  encodeCommand,
  getAssertionParameters,
  type PinUvAuthToken,
} from '../../ctap/index.ts';

/** Room for everything in a request but its list: hashes, names, parameters, proof. Bytes. */
const REST_OF_REQUEST = 512;

/** How a list fits an authenticator. */
export type FittedList =
  /** It can be sent as it is. */
  | { fits: true; list: CredentialDescriptor[] }
  /** It must be asked about in parts first. */
  | { fits: false; batches: CredentialDescriptor[][] };

/**
 * Cuts a list so that every part respects maxCredentialCountInList, maxCredentialIdLength and maxMsgSize.
 * Ids that are longer than the authenticator's own are left out: it cannot have made them. CTAP 2.2 §6.4.
 */
export function fitList(info: AuthenticatorInfo, list: readonly CredentialDescriptor[]): FittedList {
  const longest = info.maxCredentialIdLength ?? Number.POSITIVE_INFINITY;
  const own = list.filter(({ id }) => id.length <= longest);
  // Authenticators of CTAP 2.0 that say nothing are sure to take one.
  const count = info.maxCredentialCountInList ?? 1;
  const batches: CredentialDescriptor[][] = [];
  let batch: CredentialDescriptor[] = [];
  let size = 0;
  for (const descriptor of own) {
    const bytes = encodeCommand(0, new Map([[1, new Map([['id', descriptor.id]])]])).length + 16;
    const full = batch.length >= count || size + bytes > info.maxMsgSize - REST_OF_REQUEST;
    if (full && batch.length > 0) {
      batches.push(batch);
      batch = [];
      size = 0;
    }
    batch.push(descriptor);
    size += bytes;
  }
  if (batch.length > 0) batches.push(batch);
  return batches.length <= 1 ? { fits: true, list: own } : { fits: false, batches };
}

/**
 * Asks without a touch which credential of the batches the authenticator holds. CTAP 2.2 §6.2, pre-flight.
 * @returns the first one found, or null
 */
export async function probe(
  ctap: Ctap2,
  info: AuthenticatorInfo,
  request: { rpId: string; batches: CredentialDescriptor[][]; token: PinUvAuthToken | null },
  call: CallOptions,
): Promise<CredentialDescriptor | null> {
  const clientDataHash = new Uint8Array(32);
  for (const allowList of request.batches) {
    const silent = {
      rpId: request.rpId,
      clientDataHash,
      allowList,
      options: { up: false },
      pinUvAuth: request.token?.authenticate(clientDataHash),
    };
    if (encodeCommand(COMMAND.getAssertion, getAssertionParameters(silent)).length > info.maxMsgSize) {
      throw new KeywrightError('authenticator.request_too_large');
    }
    try {
      const { credentialId } = await ctap.getAssertion(silent, call);
      const [only] = allowList;
      // The id may be left out where the list had one entry.
      if (credentialId !== undefined) return { id: credentialId, type: 'public-key' };
      if (only !== undefined && allowList.length === 1) return only;
      throw new KeywrightError('authenticator.malformed_answer');
    } catch (error) {
      if (!CtapError.is(error, 'NO_CREDENTIALS')) throw error;
    }
  }
  return null;
}
