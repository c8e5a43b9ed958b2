import type { AuthenticationResponse, RegistrationResponse } from '../../shared/domain/index.ts';

/** What is expected of a registration. All texts as issued with its challenge. */
export type RegistrationExpectation = {
  /** base64url */
  challenge: string;
  origin: string;
  rpId: string;
  userVerification: 'required' | 'preferred' | 'discouraged';
  /** COSE algorithm identifiers that are accepted. */
  algorithms: readonly number[];
  /** Present when the ceremony may run in a cross-origin frame below this top-level origin. */
  topOrigin?: string;
};

/** A registration that holds. */
export type VerifiedRegistration = {
  credentialId: Uint8Array;
  /** COSE_Key bytes. */
  publicKey: Uint8Array;
  algorithm: number;
  aaguid: string;
  signCount: number;
  backupEligible: boolean;
  backedUp: boolean;
  userVerified: boolean;
  attestationFormat: string;
  transports: string[];
  /** SHA-256 of the public key as SubjectPublicKeyInfo (DER), lower-case hex. */
  fingerprint: string;
};

/** What is expected of an assertion, and the credential it must come from. */
export type AssertionExpectation = {
  /** base64url */
  challenge: string;
  origin: string;
  rpId: string;
  userVerification: 'required' | 'preferred' | 'discouraged';
  topOrigin?: string;
  credential: {
    credentialId: Uint8Array;
    publicKey: Uint8Array;
    signCount: number;
    backupEligible: boolean;
    /** The person's user handle; compared where the authenticator gives one. */
    userHandle: Uint8Array;
  };
};

/** An assertion that holds. */
export type VerifiedAssertion = { signCount: number; backedUp: boolean; userVerified: boolean };

export type VerifyRegistration = (
  response: RegistrationResponse,
  expected: RegistrationExpectation,
) => Promise<VerifiedRegistration>;

export type VerifyAssertion = (
  response: AuthenticationResponse,
  expected: AssertionExpectation,
) => Promise<VerifiedAssertion>;
