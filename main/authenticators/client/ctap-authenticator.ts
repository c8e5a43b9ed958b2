import {
  type AuthenticationResponse,
  type CreationOptions,
  type CredentialKind,
  fromBase64url,
  type RegistrationResponse,
  type RequestOptions,
} from '../../../shared/domain/index.ts';
import { KeywrightError } from '../../../shared/errors/index.ts';
import {
  type AuthenticatorInfo,
  type CallOptions,
  type CredentialDescriptor,
  Ctap2,
  CtapError,
  HidDevice,
  KEEPALIVE,
  type PacketPipe,
  PERMISSION,
  type PinUvAuthToken,
} from '../../ctap/index.ts';
import type { Clock } from '../../platform/clock.ts';
import { type ClientData, collectClientData } from './client-data.ts';
import { fitList, probe } from './credential-lists.ts';
import { PinConversation, type TokenWish } from './pin-conversation.ts';
import { authenticationResponse, registrationResponse } from './responses.ts';
import type { Authenticator, Conversation } from '../types.ts';
import { chooseVerification, type Verification } from './user-verification.ts';

export type CtapAuthenticatorOptions = {
  /** An open way to the device; closed with the authenticator. */
  pipe: PacketPipe;
  kind: CredentialKind;
  /** Name for a person. */
  name: string;
  clock: Clock;
  /** How long the device waits for a touch, ms, for the shown deadline; null where that is not known. */
  touchTimeout: number | null;
};

/**
 * Opens a CTAP device as an authenticator.
 * @throws KeywrightError `authenticator.not_supported` for a device without CTAP2, and those of the transport
 */
export async function openCtapAuthenticator(options: CtapAuthenticatorOptions): Promise<Authenticator> {
  const device = await HidDevice.open(options.pipe);
  if (!device.supportsCbor) {
    device.close();
    throw new KeywrightError('authenticator.not_supported');
  }
  return new CtapAuthenticator(device, options);
}

/** Everything that one ceremony works with. */
type Ceremony = {
  info: AuthenticatorInfo;
  rpId: string;
  clientData: ClientData;
  token: PinUvAuthToken | null;
  verification: Verification;
  call: CallOptions;
};

class CtapAuthenticator implements Authenticator {
  readonly kind: CredentialKind;
  readonly name: string;
  readonly #device: HidDevice;
  readonly #ctap: Ctap2;
  readonly #options: CtapAuthenticatorOptions;
  readonly #closing = new AbortController();

  constructor(device: HidDevice, options: CtapAuthenticatorOptions) {
    this.kind = options.kind;
    this.name = options.name;
    this.#device = device;
    this.#ctap = new Ctap2(device);
    this.#options = options;
  }

  async makeCredential(
    options: CreationOptions,
    origin: string,
    talk: Conversation,
  ): Promise<RegistrationResponse> {
    const clientData = collectClientData('webauthn.create', options.challenge, origin);
    const { userVerification, residentKey } = options;
    return this.#ceremony(talk, async (running, info) => {
      const rk = residentKey === 'required' || (residentKey === 'preferred' && info.options.rk === true);
      const verification = chooseVerification(info, { userVerification, rk });
      const fitted = fitList(info, descriptors(options.excludeCredentials));
      // A silent look for the credentials of a long exclude list needs ga as well.
      const permissions = fitted.fits ? PERMISSION.mc : PERMISSION.mc | PERMISSION.ga;
      const rpId = options.rp.id;
      return this.#withToken(running, info, { verification, permissions, rpId }, async (token, call) => {
        const ceremony = { info, rpId, clientData, token, verification, call };
        const excludeList = fitted.fits ? fitted.list : await this.#find(ceremony, fitted.batches);
        const answer = await this.#ctap.makeCredential(
          {
            clientDataHash: clientData.hash,
            rp: options.rp,
            user: { ...options.user, id: fromBase64url(options.user.id) },
            pubKeyCredParams: options.pubKeyCredParams,
            excludeList,
            options: { ...(rk ? { rk } : {}), ...(verification === 'builtIn' ? { uv: true } : {}) },
            pinUvAuth: token?.authenticate(clientData.hash),
          },
          call,
        );
        return registrationResponse(answer, clientData, info, this.kind);
      });
    });
  }

  async getAssertion(
    options: RequestOptions,
    origin: string,
    talk: Conversation,
  ): Promise<AuthenticationResponse> {
    const clientData = collectClientData('webauthn.get', options.challenge, origin);
    const { rpId, userVerification } = options;
    return this.#ceremony(talk, async (running, info) => {
      const verification = chooseVerification(info, { userVerification });
      const wish = { verification, permissions: PERMISSION.ga, rpId };
      return this.#withToken(running, info, wish, async (token, call) => {
        const ceremony = { info, rpId, clientData, token, verification, call };
        const allowList = await this.#allowList(ceremony, descriptors(options.allowCredentials));
        const answer = await this.#ctap.getAssertion(
          {
            rpId,
            clientDataHash: clientData.hash,
            allowList,
            options: verification === 'builtIn' ? { uv: true } : {},
            pinUvAuth: token?.authenticate(clientData.hash),
          },
          call,
        );
        return authenticationResponse(answer, clientData, allowList, this.kind);
      });
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#device.close();
  }

  async #ceremony<T>(
    talk: Conversation,
    run: (talk: Conversation, info: AuthenticatorInfo) => Promise<T>,
  ): Promise<T> {
    const signal = AbortSignal.any([talk.signal, this.#closing.signal]);
    const running: Conversation = {
      signal,
      status: (update) => talk.status(update),
      askPin: (ask) => orAborted(talk.askPin(ask), signal),
    };
    try {
      if (signal.aborted) throw new KeywrightError('authenticator.cancelled');
      running.status({ phase: 'connecting', pinAccepted: false, deadline: null });
      const info = await this.#ctap.getInfo({ signal });
      return await run(running, info);
    } catch (error) {
      // Closing takes the pipe away from under the ceremony, which would look like a removed device.
      if (signal.aborted && error instanceof KeywrightError) {
        throw new KeywrightError('authenticator.cancelled', { cause: error });
      }
      throw error;
    }
  }

  async #withToken<T>(
    talk: Conversation,
    info: AuthenticatorInfo,
    wish: TokenWish & { verification: Verification },
    run: (token: PinUvAuthToken | null, call: CallOptions) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.#withOneToken(talk, info, wish, run);
    } catch (error) {
      // A token may expire, or be spent by another program's touch: asking once more is better than failing.
      const spent = CtapError.is(error, 'PIN_AUTH_INVALID') || CtapError.is(error, 'PIN_TOKEN_EXPIRED');
      if (wish.verification !== 'pin' || !spent) throw error;
      return this.#withOneToken(talk, await this.#ctap.getInfo({ signal: talk.signal }), wish, run);
    }
  }

  async #withOneToken<T>(
    talk: Conversation,
    info: AuthenticatorInfo,
    wish: TokenWish & { verification: Verification },
    run: (token: PinUvAuthToken | null, call: CallOptions) => Promise<T>,
  ): Promise<T> {
    const token =
      wish.verification === 'pin' ? await new PinConversation(this.#ctap, info, talk).token(wish) : null;
    try {
      talk.status({ phase: 'working', pinAccepted: token !== null, deadline: null });
      return await run(token, { signal: talk.signal, onKeepalive: this.#touchStatus(talk, token !== null) });
    } finally {
      token?.wipe();
    }
  }

  /** Turns KEEPALIVEs into statuses; only changes are told. */
  #touchStatus(talk: Conversation, pinAccepted: boolean): (status: number) => void {
    let last: number | null = null;
    return (status) => {
      if (status === last) return;
      last = status;
      if (status !== KEEPALIVE.UPNEEDED) {
        talk.status({ phase: 'working', pinAccepted, deadline: null });
        return;
      }
      const { clock, touchTimeout } = this.#options;
      const deadline = touchTimeout === null ? null : clock.now() + touchTimeout;
      talk.status({ phase: 'touch', pinAccepted, deadline });
    };
  }

  async #allowList(ceremony: Ceremony, list: CredentialDescriptor[]): Promise<CredentialDescriptor[]> {
    if (list.length === 0) return [];
    const fitted = fitList(ceremony.info, list);
    const allowList = fitted.fits ? fitted.list : await this.#find(ceremony, fitted.batches);
    // An empty list would ask for any resident credential instead of these.
    if (allowList.length === 0) throw new KeywrightError('authenticator.no_credentials');
    return allowList;
  }

  async #find(ceremony: Ceremony, batches: CredentialDescriptor[][]): Promise<CredentialDescriptor[]> {
    const { info, rpId, token, call } = ceremony;
    const found = await probe(this.#ctap, info, { rpId, batches, token }, call);
    return found === null ? [] : [found];
  }
}

/** Ends a wait when the signal aborts; a PIN that comes later is wiped. */
function orAborted(pin: Promise<Uint8Array>, signal: AbortSignal): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const aborted = () => reject(new KeywrightError('authenticator.cancelled'));
    if (signal.aborted) aborted();
    signal.addEventListener('abort', aborted);
    pin
      .then((bytes) => (signal.aborted ? bytes.fill(0) : resolve(bytes)), reject)
      .finally(() => signal.removeEventListener('abort', aborted));
  });
}

function descriptors(list: readonly { id: string }[]): CredentialDescriptor[] {
  return list.map(({ id }) => ({ id: fromBase64url(id), type: 'public-key' }));
}
