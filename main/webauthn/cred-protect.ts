import { z } from 'zod';
import { toBase64url } from '../../shared/domain/index.ts';
import { parseAttestationObject } from './attestation.ts';
import { library } from './library.ts';

const Outputs = z.object({ credProtect: z.int() });

/**
 * The level of credProtect with which a credential was made, 1 to 3; null where the authenticator did not tell: then it
 * is its own default, mostly 1. CTAP 2.2 §12.1.
 * @param attestationObject as it was registered
 * @throws KeywrightError `auth.response_malformed`
 */
export async function credProtectLevel(attestationObject: Uint8Array): Promise<number | null> {
  const { parseAuthenticatorData } = await library();
  const { authData } = parseAttestationObject(toBase64url(attestationObject));
  const outputs = Outputs.safeParse(parseAuthenticatorData(new Uint8Array(authData)).extensionsData);
  return outputs.success ? outputs.data.credProtect : null;
}
