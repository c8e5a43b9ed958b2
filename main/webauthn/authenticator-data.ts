import { createHash, timingSafeEqual } from 'node:crypto';
import { KeywrightError } from '../../shared/errors/index.ts';
import { library } from './library.ts';
import { malformed } from './malformed.ts';

/** What authenticator data says (WebAuthn Level 3 §6.1). */
export type AuthenticatorData = {
  rpIdHash: Uint8Array;
  userPresent: boolean;
  userVerified: boolean;
  backupEligible: boolean;
  backedUp: boolean;
  signCount: number;
  /** Present at registration. `publicKey` is the COSE_Key as it was sent. */
  attested: { aaguid: string; credentialId: Uint8Array; publicKey: Uint8Array } | null;
};

const ATTESTED_DATA_OFFSET = 37;

/**
 * Reads authenticator data. Backed up without being eligible for it is refused here: such flags contradict
 * each other (§6.1.3).
 * @throws KeywrightError `auth.response_malformed`
 */
export async function parseAuthenticatorData(bytes: Uint8Array): Promise<AuthenticatorData> {
  const helpers = await library();
  try {
    const { flags, ...data } = helpers.parseAuthenticatorData(new Uint8Array(bytes));
    if (flags.bs && !flags.be) throw new Error('The backup flags contradict each other.');
    const attested =
      data.aaguid === undefined || data.credentialID === undefined || data.credentialPublicKey === undefined
        ? null
        : {
            aaguid: helpers.convertAAGUIDToString(data.aaguid),
            credentialId: data.credentialID,
            publicKey: data.credentialPublicKey,
          };
    if (attested !== null) requireSameKeyBytes(bytes, attested);
    return {
      rpIdHash: data.rpIdHash,
      userPresent: flags.up,
      userVerified: flags.uv,
      backupEligible: flags.be,
      backedUp: flags.bs,
      signCount: data.counter,
      attested,
    };
  } catch (cause) {
    throw malformed('authenticatorData', cause);
  }
}

/**
 * The library encodes the public key anew, and its decoder silently cuts a byte string that claims to be
 * longer than the data: what it then calls the key was never sent.
 */
function requireSameKeyBytes(
  bytes: Uint8Array,
  { credentialId, publicKey }: { credentialId: Uint8Array; publicKey: Uint8Array },
): void {
  const start = ATTESTED_DATA_OFFSET + 16 + 2 + credentialId.length;
  const sent = bytes.subarray(start, start + publicKey.length);
  if (!Buffer.from(sent).equals(publicKey)) throw new Error('The public key is not canonical CBOR.');
}

/**
 * Checks rpIdHash, UP and UV, in this order (WebAuthn Level 3 §7.1 steps 14 to 16, §7.2 steps 15 to 17).
 * @throws KeywrightError `auth.rp_id_mismatch`, `auth.user_presence_missing`, `auth.user_verification_missing`
 */
export function checkAuthenticatorData(
  data: AuthenticatorData,
  expected: { rpId: string; userVerification: 'required' | 'preferred' | 'discouraged' },
): void {
  const rpIdHash = createHash('sha256').update(expected.rpId).digest();
  if (!timingSafeEqual(rpIdHash, data.rpIdHash)) throw new KeywrightError('auth.rp_id_mismatch');
  if (!data.userPresent) throw new KeywrightError('auth.user_presence_missing');
  if (expected.userVerification === 'required' && !data.userVerified) {
    throw new KeywrightError('auth.user_verification_missing');
  }
}
