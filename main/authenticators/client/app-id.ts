import type { RequestOptions } from '../../../shared/domain/index.ts';
import { CtapError } from '../../ctap/index.ts';
import type { Ceremony } from './ceremony.ts';
import { descriptorsOf, look } from './credential-lists.ts';

/**
 * The relying party under which the authenticator knows the credentials: the rpId, or the AppID of those that were made
 * by U2F. WebAuthn Level 3 §10.1.1.
 */
export async function signingRpId(ceremony: Ceremony, options: RequestOptions): Promise<string> {
  const appId = options.extensions?.appid;
  const wanted = descriptorsOf(options.allowCredentials);
  if (appId === undefined || wanted.length === 0) return options.rpId;
  const call = { signal: ceremony.talk.signal };
  const knows = (rpId: string) => look(ceremony.ctap, ceremony.info, { rpId, list: wanted }, call);
  try {
    return !(await knows(options.rpId)) && (await knows(appId)) ? appId : options.rpId;
  } catch (error) {
    // One that verifies the person even for a silent look holds no credential of U2F.
    if (error instanceof CtapError && !ceremony.talk.signal.aborted) return options.rpId;
    throw error;
  }
}
