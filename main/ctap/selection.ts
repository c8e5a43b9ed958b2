import type { Ctap1 } from './ctap1.ts';
import type { Ctap2 } from './ctap2.ts';
import type { MakeCredentialRequest } from './ctap2-requests.ts';
import type { CallOptions } from './hid-device.ts';
import type { AuthenticatorInfo } from './info.ts';
import { CtapError } from './status.ts';

const NOBODY = '.dummy';
const ES256 = -7;

/** True where the authenticator knows authenticatorSelection: CTAP 2.1 and newer, not the preview of 2.1. */
export function supportsSelection(info: AuthenticatorInfo): boolean {
  return info.versions.some((version) => /^FIDO_2_[1-9]\d*$/.test(version));
}

/**
 * Waits for a touch on this authenticator, to choose among several; the losers are cancelled by their signal.
 * authenticatorSelection (0x0B), CTAP 2.2 §6.9; on CTAP 2.0 makeCredential with an empty pinUvAuthParam, which a
 * touch ends with an error and makes nothing. An authenticator of 2.0 that knows no PIN makes a credential that
 * nobody keeps.
 * @throws CtapError KEEPALIVE_CANCEL, OPERATION_DENIED, USER_ACTION_TIMEOUT and others
 */
export async function select(ctap: Ctap2, info: AuthenticatorInfo, call: CallOptions = {}): Promise<void> {
  if (supportsSelection(info)) {
    await ctap.selection(call);
    return;
  }
  try {
    await ctap.makeCredential(dummyRequest(info), call);
  } catch (error) {
    const touched =
      CtapError.is(error, 'PIN_NOT_SET') ||
      CtapError.is(error, 'PIN_INVALID') ||
      CtapError.is(error, 'PIN_AUTH_INVALID');
    if (!touched) throw error;
  }
}

/** As {@link select} for an authenticator that speaks only CTAP1/U2F: a registration that nobody keeps. */
export async function selectU2f(ctap1: Ctap1, call: CallOptions = {}): Promise<void> {
  await ctap1.register({ clientDataHash: new Uint8Array(32), rpIdHash: new Uint8Array(32) }, call);
}

function dummyRequest(info: AuthenticatorInfo): MakeCredentialRequest {
  const knowsPin = info.options.clientPin !== undefined;
  return {
    clientDataHash: new Uint8Array(32),
    rp: { id: NOBODY, name: NOBODY },
    user: { id: Buffer.from(NOBODY), name: NOBODY },
    pubKeyCredParams: [{ alg: ES256, type: 'public-key' }],
    pinUvAuth: knowsPin ? { param: new Uint8Array(), protocol: info.pinUvAuthProtocols[0] ?? 1 } : undefined,
  };
}
