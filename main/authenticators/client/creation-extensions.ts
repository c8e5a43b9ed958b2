import { type CreationExtensions, fromBase64url } from '../../../shared/domain/index.ts';
import { KeywrightError } from '../../../shared/errors/index.ts';
import {
  type AttestationAnswer,
  type AuthenticatorInfo,
  type CborMap,
  CRED_PROTECT,
  type CredProtectLevel,
  type Ctap2,
  EXTENSION,
  HmacSecret,
  type MakeCredentialExtensions,
  makeCredentialExtensions,
  parseAuthenticatorData,
  parseCreationOutputs,
  prfSalts,
  supportsExtension,
} from '../../ctap/index.ts';
import { openSecrets, prfValues } from './extension-support.ts';
import { clientPinFor } from './proof.ts';

/** Extensions of one makeCredential. */
export type PreparedCreation = {
  /** What the authenticator is asked, undefined where it is nothing. */
  request: CborMap | undefined;
  /** `clientExtensionResults`. WebAuthn Level 3 §5.1. @throws KeywrightError `authenticator.malformed_answer` */
  results(answer: AttestationAnswer): Record<string, unknown>;
  /** Overwrites the secrets. */
  wipe(): void;
};

/** The part of the inputs that an authenticator which knows nothing of it may pass over. */
type Wish = { input: CreationExtensions; info: AuthenticatorInfo; rk: boolean };

/**
 * Turns the inputs of client extensions into those of the authenticator. What it does not know is left out; see
 * {@link checkCreation} for what a page may insist on. WebAuthn Level 3 §10.1, CTAP 2.2 §12.
 * @param wish `rk`: a resident credential is made
 */
export async function prepareCreation(
  ctap: Ctap2,
  wish: Wish,
  signal: AbortSignal,
): Promise<PreparedCreation> {
  const { input, info, rk } = wish;
  const knows = (name: (typeof EXTENSION)[keyof typeof EXTENSION]) => supportsExtension(info, name);
  const hmacSecret =
    (input.prf !== undefined || input.hmacCreateSecret === true) && knows(EXTENSION.hmacSecret);
  let secret: HmacSecret | null = null;
  if (hmacSecret && input.prf?.eval !== undefined && knows(EXTENSION.hmacSecretMc)) {
    const salts = prfSalts(prfValues(input.prf.eval));
    secret = new HmacSecret(await clientPinFor(ctap, info).sharedSecret({ signal }), salts);
  }
  const asked: MakeCredentialExtensions = {
    credProtect: credProtect(wish),
    hmacSecret,
    hmacSecretMc: secret?.input,
    credBlob: credBlob(wish),
    largeBlobKey: input.largeBlob !== undefined && canStoreLargeBlobs(wish),
    minPinLength: input.minPinLength === true && knows(EXTENSION.minPinLength),
    pinComplexityPolicy: input.pinComplexityPolicy === true && knows(EXTENSION.pinComplexityPolicy),
    thirdPartyPayment: input.payment?.isPayment === true && knows(EXTENSION.thirdPartyPayment),
  };
  return {
    request: makeCredentialExtensions(asked),
    results: (answer) => {
      const outputs = parseCreationOutputs(parseAuthenticatorData(answer.authData).extensions);
      const sealed = outputs.hmacSecretMc;
      return {
        ...(input.credProps === true ? { credProps: { rk } } : {}),
        ...(input.hmacCreateSecret === true ? { hmacCreateSecret: outputs.hmacSecret === true } : {}),
        ...(input.prf === undefined
          ? {}
          : {
              prf: {
                enabled: outputs.hmacSecret === true,
                ...(secret === null || sealed === undefined ? {} : { results: openSecrets(secret, sealed) }),
              },
            }),
        ...(input.credBlob === undefined ? {} : { credBlob: outputs.credBlob === true }),
        ...(input.largeBlob === undefined
          ? {}
          : { largeBlob: { supported: answer.largeBlobKey !== undefined } }),
      };
    },
    wipe: () => secret?.wipe(),
  };
}

const LEVELS: Readonly<
  Record<NonNullable<CreationExtensions['credentialProtectionPolicy']>, CredProtectLevel>
> = CRED_PROTECT;

/**
 * Refuses before anything is asked of the person or the authenticator.
 * @param wish `info` is null for an authenticator that knows no extension at all
 * @throws KeywrightError `authenticator.unsupported_extension` where the page insists on what cannot be had
 */
export function checkCreation({ input, info, rk }: Omit<Wish, 'info'> & { info: Wish['info'] | null }): void {
  const policy = input.credentialProtectionPolicy;
  const protects = info !== null && supportsExtension(info, EXTENSION.credProtect);
  const insistsOnProtection =
    input.enforceCredentialProtectionPolicy === true &&
    policy !== undefined &&
    LEVELS[policy] > CRED_PROTECT.userVerificationOptional;
  const stores = info !== null && canStoreLargeBlobs({ info, rk });
  if ((insistsOnProtection && !protects) || (input.largeBlob?.support === 'required' && !stores)) {
    throw new KeywrightError('authenticator.unsupported_extension');
  }
}

function credProtect({ input, info }: Wish): CredProtectLevel | undefined {
  const policy = input.credentialProtectionPolicy;
  return policy !== undefined && supportsExtension(info, EXTENSION.credProtect) ? LEVELS[policy] : undefined;
}

function credBlob({ input, info }: Wish): Uint8Array | undefined {
  if (input.credBlob === undefined || !supportsExtension(info, EXTENSION.credBlob)) return undefined;
  const blob = fromBase64url(input.credBlob);
  // One that is too long would make the whole command fail; the result then says that it was not stored.
  return blob.length <= Number(info.maxCredBlobLength ?? 32) ? blob : undefined;
}

function canStoreLargeBlobs({ info, rk }: Pick<Wish, 'info' | 'rk'>): boolean {
  return rk && info.options.largeBlobs === true && supportsExtension(info, EXTENSION.largeBlobKey);
}
