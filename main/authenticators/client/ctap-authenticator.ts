import type {
  AuthenticationResponse,
  CreationOptions,
  CredentialKind,
  RegistrationResponse,
  RequestOptions,
} from '../../../shared/domain/index.ts';
import { type AuthenticatorInfo, Ctap2, CtapError, type HidDevice } from '../../ctap/index.ts';
import { type Ceremony, callOptions, endedBy } from './ceremony.ts';
import { descriptorsOf, fitList, probe, silentSize } from './credential-lists.ts';
import { getAssertion } from './get-assertion.ts';
import { makeCredential } from './make-credential.ts';
import type { OpenOptions } from './open.ts';
import type { Authenticator, Conversation } from './types.ts';
import { canUsePin } from './user-verification.ts';

/** A CTAP2 device as an authenticator. */
export class CtapAuthenticator implements Authenticator {
  readonly kind: CredentialKind;
  readonly name: string;
  readonly #device: HidDevice;
  readonly #ctap: Ctap2;
  readonly #options: OpenOptions;
  readonly #closing = new AbortController();
  readonly #gone = new AbortController();

  constructor(device: HidDevice, options: OpenOptions) {
    this.kind = options.kind;
    this.name = options.name;
    this.#device = device;
    this.#ctap = new Ctap2(device);
    this.#options = options;
    device.onClose(() => this.#gone.abort());
  }

  makeCredential(
    options: CreationOptions,
    origin: string,
    talk: Conversation,
  ): Promise<RegistrationResponse> {
    return this.#run(talk, (ceremony) => makeCredential(ceremony, options, origin));
  }

  getAssertion(options: RequestOptions, origin: string, talk: Conversation): Promise<AuthenticationResponse> {
    return this.#run(talk, (ceremony) => getAssertion(ceremony, options, origin));
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
    const silent = silentSize(rpId);
    const fitted = fitList(info, list, { command: silent, silent });
    const batches = fitted.fits ? [fitted.list] : fitted.batches;
    try {
      const wanted = batches.filter((batch) => batch.length > 0);
      return (await probe(this.#ctap, { rpId, batches: wanted, token: null }, { signal })) === null
        ? 'no'
        : 'yes';
    } catch (error) {
      // Whatever it has against the look, it says nothing about the credential.
      if (error instanceof CtapError && !signal.aborted) return 'unknown';
      throw error;
    }
  }

  #ends() {
    return { closing: this.#closing.signal, gone: this.#gone.signal };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#device.close();
  }

  #run<T>(talk: Conversation, work: (ceremony: Ceremony) => Promise<T>): Promise<T> {
    return endedBy(this.#ends(), talk, async (running) => {
      const info: AuthenticatorInfo = await this.#ctap.getInfo({ signal: running.signal });
      const { clock, touchTimeout, enterpriseRpIds = [] } = this.#options;
      const touchClock = { now: () => clock.now(), touchTimeout };
      return work({
        ctap: this.#ctap,
        info,
        talk: running,
        kind: this.kind,
        enterpriseRpIds,
        callFor: (verifiedBy) => callOptions(running, verifiedBy, touchClock),
      });
    });
  }
}
