import { fromBase64url } from '../../../shared/domain/index.ts';
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

/** Descriptors as an authenticator takes them. @param list ids are base64url */
export function descriptorsOf(list: readonly { id: string }[]): CredentialDescriptor[] {
  return list.map(({ id }) => ({ id: fromBase64url(id), type: 'public-key' }));
}

/** How a list fits an authenticator. */
export type FittedList =
  /** It can be sent as it is. */
  | { fits: true; list: CredentialDescriptor[] }
  /** It must be asked about in parts first. */
  | { fits: false; batches: CredentialDescriptor[][] };

/** A proof for protocol 2, with its keys: what a silent request may carry besides its list, bytes. */
const PROOF = 40;
/** Bytes of a list's own head, its key, and the flags of the command. */
const LIST_HEAD = 4;
const SILENT_HASH = new Uint8Array(32);

/**
 * Cuts a list so that every part respects maxCredentialCountInList, maxCredentialIdLength and maxMsgSize. Ids that
 * are longer than the authenticator's own, or than a message to it, are left out: it cannot have made them.
 * CTAP 2.2 §6.4.
 * @param rest bytes of the request without its list: of the command itself, and of a silent look
 */
export function fitList(
  info: AuthenticatorInfo,
  list: readonly CredentialDescriptor[],
  rest: { command: number; silent: number },
): FittedList {
  const longest = info.maxCredentialIdLength ?? Number.POSITIVE_INFINITY;
  const room = info.maxMsgSize - rest.silent - LIST_HEAD;
  const own = list.filter(({ id }) => id.length <= longest && sizeOf(id) <= room);
  // Authenticators of CTAP 2.0 that say nothing are sure to take one.
  const count = info.maxCredentialCountInList ?? 1;
  const size = own.reduce((sum, { id }) => sum + sizeOf(id), 0);
  if (own.length <= Math.max(count, 1) && size + rest.command + LIST_HEAD <= info.maxMsgSize) {
    return { fits: true, list: own };
  }
  return { fits: false, batches: cut(own, count, room) };
}

function cut(list: readonly CredentialDescriptor[], count: number, room: number): CredentialDescriptor[][] {
  const batches: CredentialDescriptor[][] = [];
  let batch: CredentialDescriptor[] = [];
  let size = 0;
  for (const descriptor of list) {
    const bytes = sizeOf(descriptor.id);
    if (batch.length > 0 && (batch.length >= count || size + bytes > room)) {
      batches.push(batch);
      batch = [];
      size = 0;
    }
    batch.push(descriptor);
    size += bytes;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}

/** Bytes of a descriptor in CBOR: a map of "id" and "type" (20 bytes with "public-key"), the id and its head. */
function sizeOf(id: Uint8Array): number {
  const head = id.length < 24 ? 1 : id.length < 256 ? 2 : 3;
  return 1 + 3 + head + id.length + 5 + 11;
}

/** Bytes of a silent look at an authenticator, without its list. */
export function silentSize(rpId: string): number {
  return encodeCommand(COMMAND.getAssertion, getAssertionParameters(silentRequest(rpId, []))).length + PROOF;
}

function silentRequest(rpId: string, allowList: readonly CredentialDescriptor[]) {
  return { rpId, clientDataHash: SILENT_HASH, allowList, options: { up: false } };
}

/**
 * Asks without a touch and without a proof whether the authenticator holds one of the credentials. CTAP 2.2 §6.2.
 */
export async function look(
  ctap: Ctap2,
  info: AuthenticatorInfo,
  request: { rpId: string; list: readonly CredentialDescriptor[] },
  call: CallOptions,
): Promise<boolean> {
  const silent = silentSize(request.rpId);
  const fitted = fitList(info, request.list, { command: silent, silent });
  const batches = fitted.fits ? [fitted.list] : fitted.batches;
  return (await probe(ctap, { rpId: request.rpId, batches, token: null }, call)) !== null;
}

/**
 * Asks without a touch which credential of the batches the authenticator holds. CTAP 2.2 §6.2, pre-flight.
 * @returns the first one found, or null
 */
export async function probe(
  ctap: Ctap2,
  request: { rpId: string; batches: CredentialDescriptor[][]; token: PinUvAuthToken | null },
  call: CallOptions,
): Promise<CredentialDescriptor | null> {
  // One proof for all: it is over the hash, which stays the same.
  const pinUvAuth = request.token?.authenticate(SILENT_HASH);
  for (const allowList of request.batches) {
    const [only] = allowList;
    // Without a list any resident credential would answer.
    if (only === undefined) continue;
    try {
      const silent = { ...silentRequest(request.rpId, allowList), pinUvAuth };
      const { credentialId } = await ctap.getAssertion(silent, call);
      // The id may be left out where the list had one entry.
      if (credentialId !== undefined) return { id: credentialId, type: 'public-key' };
      if (allowList.length === 1) return only;
      throw new KeywrightError('authenticator.malformed_answer');
    } catch (error) {
      if (!CtapError.is(error, 'NO_CREDENTIALS')) throw error;
    }
  }
  return null;
}
