import { createHash } from 'node:crypto';
import { z } from 'zod';
import { KeywrightError } from '../../shared/errors/index.ts';
import {
  AnyMap,
  Bytes,
  bytesOf,
  type CborMap,
  cborMap,
  encodeCbor,
  mapOf,
  openMapOf,
  parseAnswer,
} from './cbor.ts';
import { type Ctap2, MOST_CREDENTIALS } from './ctap2.ts';
import { COMMAND, type CredentialDescriptor, descriptorMap, userMap } from './ctap2-requests.ts';
import type { CallOptions } from './hid-device.ts';
import type { AuthenticatorInfo } from './info.ts';
import type { PinUvAuthToken } from './pin-uv-auth-token.ts';
import { CtapError } from './status.ts';

/** Subcommands of authenticatorCredentialManagement. CTAP 2.2 §6.8. */
export const CRED_MGMT_SUBCOMMAND = {
  getCredsMetadata: 0x01,
  enumerateRPsBegin: 0x02,
  enumerateRPsGetNextRP: 0x03,
  enumerateCredentialsBegin: 0x04,
  enumerateCredentialsGetNextCredential: 0x05,
  deleteCredential: 0x06,
  updateUserInformation: 0x07,
} as const;

const Count = z.int().nonnegative();

const Metadata = openMapOf({ 1: Count, 2: Count }).transform(({ fields, unknown }) => ({
  existingResidentCredentials: fields[1],
  /** At most so many more: the real number may depend on their size. */
  maxPossibleRemaining: fields[2],
  unknown,
}));

const Total = mapOf({ 5: Count.optional(), 9: Count.optional() });

const StoredRp = openMapOf({
  3: mapOf({ id: z.string().optional(), name: z.string().optional() }),
  4: bytesOf(32),
  5: Count.optional(),
}).transform(({ fields, unknown }) => ({
  rpIdHash: fields[4],
  /** As the authenticator kept it: it may have been cut short. Absent on some older authenticators. */
  rpId: fields[3].id,
  /** True where the rpId is whole: its hash is the one of the entry. */
  rpIdWhole: fields[3].id !== undefined && isHashOf(fields[4], fields[3].id),
  rpName: fields[3].name,
  unknown,
}));
/** A relying party with resident credentials. */
export type StoredRp = z.infer<typeof StoredRp>;

const StoredCredential = openMapOf({
  6: mapOf({ id: Bytes, name: z.string().optional(), displayName: z.string().optional() }),
  7: mapOf({ id: Bytes, type: z.string() }),
  8: AnyMap,
  9: Count.optional(),
  10: z.int().optional(),
  11: bytesOf(32).optional(),
  12: z.boolean().optional(),
}).transform(({ fields, unknown }) => ({
  user: fields[6],
  credentialId: fields[7].id,
  /** COSE_Key */
  publicKey: fields[8],
  /** 1 to 3, as in `CRED_PROTECT`; absent where the authenticator does not know it. */
  credProtect: fields[10],
  /** 32 bytes; a secret */
  largeBlobKey: fields[11],
  thirdPartyPayment: fields[12],
  unknown,
}));
/** A resident credential. */
export type StoredCredential = z.infer<typeof StoredCredential>;

/** How an authenticator offers credential management: by 0x0A, by the preview 0x41, or not at all. CTAP 2.2 §6.8.1. */
export function credentialManagementOf(info: AuthenticatorInfo): 'standard' | 'preview' | null {
  if (info.options.credMgmt === true) return 'standard';
  return info.options.credentialMgmtPreview === true ? 'preview' : null;
}

/**
 * authenticatorCredentialManagement (0x0A) and its preview (0x41). CTAP 2.2 §6.8, §6.13.
 *
 * The token needs the permission cm; with pcmr alone (where the option perCredMgmtRO is true) it can read, but
 * neither delete nor update. While an enumeration runs, nothing else may be sent to the authenticator.
 */
export class CredentialManagement {
  readonly #ctap: Ctap2;
  readonly #token: PinUvAuthToken;
  readonly #command: number;

  /** @throws KeywrightError `authenticator.unsupported_option` where the authenticator has no credential management */
  constructor(ctap: Ctap2, info: AuthenticatorInfo, token: PinUvAuthToken) {
    const kind = credentialManagementOf(info);
    if (kind === null) throw new KeywrightError('authenticator.unsupported_option');
    this.#command = kind === 'standard' ? COMMAND.credentialManagement : COMMAND.credentialManagementPreview;
    this.#ctap = ctap;
    this.#token = token;
  }

  /** How many resident credentials there are, and how many may still come. getCredsMetadata, §6.8.2. */
  async getCredsMetadata(call: CallOptions = {}): Promise<z.infer<typeof Metadata>> {
    const bytes = await this.#sendProven(CRED_MGMT_SUBCOMMAND.getCredsMetadata, undefined, call);
    return parseAnswer(bytes, Metadata);
  }

  /** All relying parties with resident credentials. enumerateRPsBegin and enumerateRPsGetNextRP, §6.8.3. */
  enumerateRps(call: CallOptions = {}): Promise<StoredRp[]> {
    const begin = CRED_MGMT_SUBCOMMAND.enumerateRPsBegin;
    const next = CRED_MGMT_SUBCOMMAND.enumerateRPsGetNextRP;
    return this.#enumerate(StoredRp, 5, () => this.#sendProven(begin, undefined, call), next, call);
  }

  /**
   * All resident credentials of a relying party. enumerateCredentialsBegin and
   * enumerateCredentialsGetNextCredential, §6.8.4.
   * @param rpIdHash 32 bytes
   */
  enumerateCredentials(rpIdHash: Uint8Array, call: CallOptions = {}): Promise<StoredCredential[]> {
    const begin = CRED_MGMT_SUBCOMMAND.enumerateCredentialsBegin;
    const next = CRED_MGMT_SUBCOMMAND.enumerateCredentialsGetNextCredential;
    const parameters = cborMap([[0x01, rpIdHash]]);
    return this.#enumerate(StoredCredential, 9, () => this.#sendProven(begin, parameters, call), next, call);
  }

  /** Deletes a resident credential. deleteCredential, §6.8.5. @throws CtapError NO_CREDENTIALS and others */
  async deleteCredential(credential: CredentialDescriptor, call: CallOptions = {}): Promise<void> {
    const parameters = cborMap([[0x02, descriptorMap(credential)]]);
    await this.#sendProven(CRED_MGMT_SUBCOMMAND.deleteCredential, parameters, call);
  }

  /**
   * Replaces the names of the person; the user handle must be the one that is there. A name that is left out is
   * deleted. updateUserInformation, §6.8.6.
   * @throws KeywrightError `authenticator.unsupported_option` on a preview, which does not have this
   */
  async updateUserInformation(
    credential: CredentialDescriptor,
    user: { id: Uint8Array; name?: string; displayName?: string },
    call: CallOptions = {},
  ): Promise<void> {
    if (this.#command !== COMMAND.credentialManagement) {
      throw new KeywrightError('authenticator.unsupported_option');
    }
    const parameters = cborMap([
      [0x02, descriptorMap(credential)],
      [0x03, userMap(user)],
    ]);
    await this.#sendProven(CRED_MGMT_SUBCOMMAND.updateUserInformation, parameters, call);
  }

  async #enumerate<T extends z.ZodType>(
    schema: T,
    totalAt: 5 | 9,
    begin: () => Promise<Uint8Array>,
    next: number,
    call: CallOptions,
  ): Promise<z.output<T>[]> {
    let first: Uint8Array;
    try {
      first = await begin();
    } catch (error) {
      if (CtapError.is(error, 'NO_CREDENTIALS')) return [];
      throw error;
    }
    // Some authenticators say that there is nothing by a success without data, or by a total of 0 and no entry.
    if (first.length === 0) return [];
    const total = parseAnswer(first, Total)[totalAt] ?? 1;
    if (total === 0) return [];
    if (total > MOST_CREDENTIALS) throw new KeywrightError('authenticator.malformed_answer');
    const all = [parseAnswer(first, schema)];
    while (all.length < total) {
      const bytes = await this.#ctap.send(this.#command, cborMap([[0x01, next]]), call);
      all.push(parseAnswer(bytes, schema));
    }
    return all;
  }

  /** The proof is over the subcommand and its parameters. §6.8.2 to §6.8.6 */
  #sendProven(subCommand: number, parameters: CborMap | undefined, call: CallOptions): Promise<Uint8Array> {
    const encoded = parameters === undefined ? new Uint8Array() : encodeCbor(parameters);
    const { param, protocol } = this.#token.authenticate(Buffer.concat([Uint8Array.of(subCommand), encoded]));
    const map = cborMap([
      [0x01, subCommand],
      [0x02, parameters],
      [0x03, protocol],
      [0x04, param],
    ]);
    return this.#ctap.send(this.#command, map, call);
  }
}

function isHashOf(hash: Uint8Array, text: string): boolean {
  return Buffer.compare(createHash('sha256').update(text).digest(), hash) === 0;
}
