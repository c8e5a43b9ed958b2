import type {
  AuthenticationResponse,
  CreationOptions,
  RegistrationResponse,
  RequestOptions,
} from '../../../shared/domain/index.ts';
import { Ctap2, CtapError, type HidDevice } from '../../ctap/index.ts';
import { type Ceremony, callOptions } from './ceremony.ts';
import { descriptorsOf, look } from './credential-lists.ts';
import { getAssertion } from './get-assertion.ts';
import { makeCredential } from './make-credential.ts';
import type { OpenOptions } from './open.ts';
import { OpenDevice } from './open-device.ts';
import type { Authenticator, Conversation } from './types.ts';
import { canUsePin } from './user-verification.ts';

/** A CTAP2 device as an authenticator. */
export class CtapAuthenticator extends OpenDevice implements Authenticator {
  readonly #ctap: Ctap2;
  readonly #enterpriseRpIds: readonly string[];

  constructor(device: HidDevice, options: OpenOptions) {
    super(device, options);
    this.#ctap = new Ctap2(device);
    this.#enterpriseRpIds = options.enterpriseRpIds ?? [];
  }

  makeCredential(
    options: CreationOptions,
    origin: string,
    talk: Conversation,
  ): Promise<RegistrationResponse> {
    return this.#ceremony(talk, (ceremony) => makeCredential(ceremony, options, origin));
  }

  getAssertion(options: RequestOptions, origin: string, talk: Conversation): Promise<AuthenticationResponse> {
    return this.#ceremony(talk, (ceremony) => getAssertion(ceremony, options, origin));
  }

  async canVerifyUser(signal: AbortSignal): Promise<boolean> {
    const info = await this.#ctap.getInfo({ signal });
    return canUsePin(info) || info.options.uv !== undefined;
  }

  async holds(rpId: string, ids: readonly string[], signal: AbortSignal): Promise<'yes' | 'no' | 'unknown'> {
    const info = await this.#ctap.getInfo({ signal });
    // It would verify the person even for a silent look.
    if (info.options.alwaysUv === true) return 'unknown';
    const list = descriptorsOf(ids.map((id) => ({ id })));
    try {
      return (await look(this.#ctap, info, { rpId, list }, { signal })) ? 'yes' : 'no';
    } catch (error) {
      // Whatever it has against the look, it says nothing about the credential.
      if (error instanceof CtapError && !signal.aborted) return 'unknown';
      throw error;
    }
  }

  #ceremony<T>(talk: Conversation, work: (ceremony: Ceremony) => Promise<T>): Promise<T> {
    return this.run(talk, async (running) => {
      const info = await this.#ctap.getInfo({ signal: running.signal });
      return work({
        ctap: this.#ctap,
        info,
        talk: running,
        kind: this.kind,
        enterpriseRpIds: this.#enterpriseRpIds,
        callFor: (verifiedBy) => callOptions(running, verifiedBy, this.touchClock),
      });
    });
  }
}
