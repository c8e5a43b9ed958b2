import {
  type AuthenticationResponse,
  type CredentialKind,
  type RegistrationResponse,
  toBase64url,
} from '../../../shared/domain/index.ts';
import { KeywrightError } from '../../../shared/errors/index.ts';
import {
  type AssertionAnswer,
  type AttestationAnswer,
  type CredentialDescriptor,
  cborMap,
  encodeCbor,
} from '../../ctap/index.ts';
import type { ClientData } from './client-data.ts';

function attachment(kind: CredentialKind): 'platform' | 'cross-platform' {
  return kind === 'securityKey' ? 'cross-platform' : 'platform';
}

/** The registration response as WebAuthn gives it to a page. WebAuthn §5.1.8, §6.5.4. */
export function registrationResponse(
  answer: AttestationAnswer,
  clientData: ClientData,
  facts: {
    /** As the authenticator tells them; empty where it does not. */
    transports: readonly string[];
    kind: CredentialKind;
    extensionResults: Record<string, unknown>;
  },
): RegistrationResponse {
  const id = toBase64url(credentialIdOf(answer.authData));
  const attestationObject = encodeCbor(
    cborMap([
      ['fmt', answer.fmt],
      ['attStmt', answer.attStmt],
      ['authData', answer.authData],
    ]),
  );
  return {
    id,
    rawId: id,
    type: 'public-key',
    response: {
      clientDataJSON: clientData.json,
      attestationObject: toBase64url(attestationObject),
      transports: facts.transports.length > 0 ? [...facts.transports] : ['usb'],
    },
    authenticatorAttachment: attachment(facts.kind),
    clientExtensionResults: facts.extensionResults,
  };
}

// Authenticator data: rpIdHash 32, flags 1, counter 4, aaguid 16, length 2, id. WebAuthn §6.1, §6.5.2.
const FLAGS_AT = 32;
const ATTESTED_FLAG = 0x40;
const ID_LENGTH_AT = 53;

function credentialIdOf(authData: Uint8Array): Uint8Array {
  const view = new DataView(authData.buffer, authData.byteOffset, authData.byteLength);
  const start = ID_LENGTH_AT + 2;
  if (authData.length < start || (view.getUint8(FLAGS_AT) & ATTESTED_FLAG) === 0) {
    throw new KeywrightError('authenticator.malformed_answer');
  }
  const id = authData.subarray(start, start + view.getUint16(ID_LENGTH_AT));
  if (id.length === 0 || id.length !== view.getUint16(ID_LENGTH_AT)) {
    throw new KeywrightError('authenticator.malformed_answer');
  }
  return id;
}

/** The authentication response as WebAuthn gives it to a page. WebAuthn §5.1.8. */
export function authenticationResponse(
  answer: AssertionAnswer,
  clientData: ClientData,
  facts: {
    allowList: readonly CredentialDescriptor[];
    kind: CredentialKind;
    extensionResults: Record<string, unknown>;
  },
): AuthenticationResponse {
  const { allowList, kind, extensionResults } = facts;
  const credentialId = answer.credentialId ?? (allowList.length === 1 ? allowList[0]?.id : undefined);
  if (credentialId === undefined) throw new KeywrightError('authenticator.malformed_answer');
  const id = toBase64url(credentialId);
  return {
    id,
    rawId: id,
    type: 'public-key',
    response: {
      clientDataJSON: clientData.json,
      authenticatorData: toBase64url(answer.authData),
      signature: toBase64url(answer.signature),
      ...(answer.user === undefined ? {} : { userHandle: toBase64url(answer.user.id) }),
    },
    authenticatorAttachment: attachment(kind),
    clientExtensionResults: extensionResults,
  };
}
