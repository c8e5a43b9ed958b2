import { z } from 'zod';
import { KeywrightError } from '../../shared/errors/index.ts';
import { Bytes, type CborMap, cborMap, openMapOf } from './cbor.ts';
import type { AuthenticatorInfo } from './info.ts';

/** Names of the extensions that this client knows. CTAP 2.2 §12, CTAP 2.3. */
export const EXTENSION = {
  credProtect: 'credProtect',
  hmacSecret: 'hmac-secret',
  hmacSecretMc: 'hmac-secret-mc',
  credBlob: 'credBlob',
  largeBlobKey: 'largeBlobKey',
  minPinLength: 'minPinLength',
  pinComplexityPolicy: 'pinComplexityPolicy',
  thirdPartyPayment: 'thirdPartyPayment',
} as const;

export type ExtensionName = (typeof EXTENSION)[keyof typeof EXTENSION];

/**
 * Levels of credProtect: 1 verification optional, 2 optional where the credential is named by its id, 3 always
 * required. CTAP 2.2 §12.1.
 */
export const CRED_PROTECT = {
  userVerificationOptional: 1,
  userVerificationOptionalWithCredentialIDList: 2,
  userVerificationRequired: 3,
} as const;

export type CredProtectLevel = (typeof CRED_PROTECT)[keyof typeof CRED_PROTECT];

/** True where the authenticator says that it knows the extension. CTAP 2.2 §6.4. */
export function supportsExtension(info: AuthenticatorInfo, name: ExtensionName): boolean {
  if (info.extensions.includes(name)) return true;
  // Some authenticators name minPinLength by its option alone.
  return name === EXTENSION.minPinLength && info.options.setMinPINLength !== undefined;
}

/** What to ask of extensions when a credential is made. Only what is set is sent. */
export type MakeCredentialExtensions = {
  credProtect?: CredProtectLevel | undefined;
  /** True to make a credential with which hmac-secret can be used later. */
  hmacSecret?: boolean | undefined;
  /** The `input` of an HmacSecret: secrets right away. Needs `hmacSecret` too. CTAP 2.2. */
  hmacSecretMc?: CborMap | undefined;
  /** Bytes to keep with the credential, at most `maxCredBlobLength` of getInfo. CTAP 2.2 §12.2. */
  credBlob?: Uint8Array | undefined;
  /** Needs a resident credential. CTAP 2.2 §12.3. */
  largeBlobKey?: boolean | undefined;
  minPinLength?: boolean | undefined;
  pinComplexityPolicy?: boolean | undefined;
  thirdPartyPayment?: boolean | undefined;
};

/** What to ask of extensions when a challenge is signed. */
export type GetAssertionExtensions = {
  /** The `input` of an HmacSecret. */
  hmacSecret?: CborMap | undefined;
  credBlob?: boolean | undefined;
  largeBlobKey?: boolean | undefined;
  thirdPartyPayment?: boolean | undefined;
};

const ifTrue = (flag: boolean | undefined) => (flag === true ? true : undefined);

/**
 * The `extensions` parameter of authenticatorMakeCredential, undefined where nothing is asked. CTAP 2.2 §12.
 * @throws KeywrightError `authenticator.unsupported_option` for hmac-secret-mc without hmac-secret
 */
export function makeCredentialExtensions(wish: MakeCredentialExtensions): CborMap | undefined {
  if (wish.hmacSecretMc !== undefined && wish.hmacSecret !== true) {
    throw new KeywrightError('authenticator.unsupported_option');
  }
  return orNothing(
    cborMap([
      [EXTENSION.credProtect, wish.credProtect],
      [EXTENSION.hmacSecret, ifTrue(wish.hmacSecret)],
      [EXTENSION.hmacSecretMc, wish.hmacSecretMc],
      [EXTENSION.credBlob, wish.credBlob],
      [EXTENSION.largeBlobKey, ifTrue(wish.largeBlobKey)],
      [EXTENSION.minPinLength, ifTrue(wish.minPinLength)],
      [EXTENSION.pinComplexityPolicy, ifTrue(wish.pinComplexityPolicy)],
      [EXTENSION.thirdPartyPayment, ifTrue(wish.thirdPartyPayment)],
    ]),
  );
}

/** The `extensions` parameter of authenticatorGetAssertion, undefined where nothing is asked. CTAP 2.2 §12. */
export function getAssertionExtensions(wish: GetAssertionExtensions): CborMap | undefined {
  return orNothing(
    cborMap([
      [EXTENSION.hmacSecret, wish.hmacSecret],
      [EXTENSION.credBlob, ifTrue(wish.credBlob)],
      [EXTENSION.largeBlobKey, ifTrue(wish.largeBlobKey)],
      [EXTENSION.thirdPartyPayment, ifTrue(wish.thirdPartyPayment)],
    ]),
  );
}

function orNothing(map: CborMap): CborMap | undefined {
  return map.size === 0 ? undefined : map;
}

const CreationOutputs = openMapOf({
  credProtect: z.union([z.literal(1), z.literal(2), z.literal(3)]).optional(),
  'hmac-secret': z.boolean().optional(),
  'hmac-secret-mc': Bytes.optional(),
  credBlob: z.boolean().optional(),
  minPinLength: z.int().nonnegative().optional(),
  pinComplexityPolicy: z.boolean().optional(),
  thirdPartyPayment: z.boolean().optional(),
}).transform(({ fields, unknown }) => ({
  credProtect: fields.credProtect,
  hmacSecret: fields['hmac-secret'],
  /** Sealed secrets: open them with the HmacSecret that asked for them. */
  hmacSecretMc: fields['hmac-secret-mc'],
  /** True where the blob was stored. */
  credBlob: fields.credBlob,
  /** Unicode code points; only for relying parties on the authenticator's list. */
  minPinLength: fields.minPinLength,
  pinComplexityPolicy: fields.pinComplexityPolicy,
  thirdPartyPayment: fields.thirdPartyPayment,
  unknown,
}));
/** What extensions said about a new credential; largeBlobKey stands in the answer itself. */
export type CreationOutputs = z.infer<typeof CreationOutputs>;

const AssertionOutputs = openMapOf({
  'hmac-secret': Bytes.optional(),
  credBlob: Bytes.optional(),
  thirdPartyPayment: z.boolean().optional(),
}).transform(({ fields, unknown }) => ({
  /** Sealed secrets: open them with the HmacSecret that asked for them. */
  hmacSecret: fields['hmac-secret'],
  /** Empty where the credential has none. */
  credBlob: fields.credBlob,
  thirdPartyPayment: fields.thirdPartyPayment,
  unknown,
}));
/** What extensions said with an assertion; largeBlobKey stands in the answer itself. */
export type AssertionOutputs = z.infer<typeof AssertionOutputs>;

/**
 * Reads the extension outputs of authenticatorMakeCredential. CTAP 2.2 §12.
 * @param extensions those of the parsed authenticator data
 * @throws KeywrightError `authenticator.malformed_answer`
 */
export function parseCreationOutputs(extensions: CborMap): CreationOutputs {
  return parsed(CreationOutputs, extensions);
}

/**
 * Reads the extension outputs of authenticatorGetAssertion. CTAP 2.2 §12.
 * @param extensions those of the parsed authenticator data
 * @throws KeywrightError `authenticator.malformed_answer`
 */
export function parseAssertionOutputs(extensions: CborMap): AssertionOutputs {
  return parsed(AssertionOutputs, extensions);
}

function parsed<T extends z.ZodType>(schema: T, extensions: CborMap): z.output<T> {
  const result = schema.safeParse(extensions);
  if (!result.success) throw new KeywrightError('authenticator.malformed_answer', { cause: result.error });
  return result.data;
}
