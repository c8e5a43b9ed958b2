import {
  type AuthenticationResponse,
  type CreationOptions,
  fromBase64url,
  type RegistrationResponse,
  type RequestOptions,
} from '../../../shared/domain/index.ts';
import { KeywrightError } from '../../../shared/errors/index.ts';
import { type CallOptions, Ctap1, CtapError, type HidDevice, U2fAsCtap2 } from '../../ctap/index.ts';
import { callOptions } from './ceremony.ts';
import { collectClientData } from './client-data.ts';
import { checkCreation } from './creation-extensions.ts';
import { descriptorsOf } from './credential-lists.ts';
import type { OpenOptions } from './open.ts';
import { OpenDevice } from './open-device.ts';
import { authenticationResponse, registrationResponse } from './responses.ts';
import type { Authenticator, Conversation } from './types.ts';

const TRANSPORTS: readonly string[] = ['usb'];

/**
 * A device that speaks only CTAP1/U2F as an authenticator: it knows a touch, but neither verifies the person nor holds
 * discoverable credentials nor knows extensions. CTAP 2.2 §10.
 */
export class U2fAuthenticator extends OpenDevice implements Authenticator {
  readonly #ctap2: U2fAsCtap2;

  constructor(device: HidDevice, options: OpenOptions) {
    super(device, options);
    this.#ctap2 = new U2fAsCtap2(new Ctap1(device));
  }

  /** @throws KeywrightError `authenticator.u2f_only` where verification or a discoverable credential is required */
  makeCredential(
    options: CreationOptions,
    origin: string,
    talk: Conversation,
  ): Promise<RegistrationResponse> {
    const clientData = collectClientData('webauthn.create', options.challenge, origin);
    return this.#ceremony(talk, async (call) => {
      if (options.userVerification === 'required' || options.residentKey === 'required') {
        throw new KeywrightError('authenticator.u2f_only');
      }
      const { extensions = {} } = options;
      checkCreation({ input: extensions, info: null, rk: false });
      const answer = await this.#ctap2.makeCredential(
        {
          clientDataHash: clientData.hash,
          rp: options.rp,
          user: { ...options.user, id: fromBase64url(options.user.id) },
          pubKeyCredParams: options.pubKeyCredParams,
          excludeList: descriptorsOf(options.excludeCredentials),
        },
        call,
      );
      const told = options.attestation === 'none' ? { ...answer, fmt: 'none', attStmt: new Map() } : answer;
      return registrationResponse(told, clientData, {
        transports: TRANSPORTS,
        kind: this.kind,
        extensionResults: {
          ...(extensions.credProps === true ? { credProps: { rk: false } } : {}),
          ...(extensions.prf === undefined ? {} : { prf: { enabled: false } }),
          ...(extensions.largeBlob === undefined ? {} : { largeBlob: { supported: false } }),
        },
      });
    });
  }

  /** @throws KeywrightError `authenticator.u2f_only` where verification is required, `authenticator.no_credentials` */
  getAssertion(options: RequestOptions, origin: string, talk: Conversation): Promise<AuthenticationResponse> {
    const clientData = collectClientData('webauthn.get', options.challenge, origin);
    return this.#ceremony(talk, async (call) => {
      if (options.userVerification === 'required') throw new KeywrightError('authenticator.u2f_only');
      const allowList = descriptorsOf(options.allowCredentials);
      const request = { clientDataHash: clientData.hash, allowList };
      const appId = options.extensions?.appid;
      const sign = (rpId: string) => this.#ctap2.getAssertion({ ...request, rpId }, call);
      let appIdUsed = false;
      const answer = await sign(options.rpId).catch((error: unknown) => {
        if (appId === undefined || !CtapError.is(error, 'NO_CREDENTIALS')) throw error;
        appIdUsed = true;
        return sign(appId);
      });
      return authenticationResponse(answer, clientData, {
        allowList,
        kind: this.kind,
        extensionResults: appId === undefined ? {} : { appid: appIdUsed },
      });
    });
  }

  async canVerifyUser(): Promise<boolean> {
    return false;
  }

  async holds(rpId: string, ids: readonly string[], signal: AbortSignal): Promise<'yes' | 'no'> {
    const known = await this.#ctap2.knows(rpId, descriptorsOf(ids.map((id) => ({ id }))), { signal });
    return known ? 'yes' : 'no';
  }

  #ceremony<T>(talk: Conversation, work: (call: CallOptions) => Promise<T>): Promise<T> {
    return this.run(talk, (running) => work(callOptions(running, null, this.touchClock)));
  }
}
