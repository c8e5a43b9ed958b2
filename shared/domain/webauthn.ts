import { z } from 'zod';
import { Base64url } from './schemas.ts';

/** `RegistrationResponseJSON` of WebAuthn Level 3 §5.1.8, as far as it is used. */
export const RegistrationResponse = z.object({
  id: Base64url,
  rawId: Base64url,
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: Base64url,
    attestationObject: Base64url,
    transports: z.array(z.string()).optional(),
  }),
  authenticatorAttachment: z.enum(['platform', 'cross-platform']).optional(),
  clientExtensionResults: z.record(z.string(), z.unknown()),
});
export type RegistrationResponse = z.infer<typeof RegistrationResponse>;

/** `AuthenticationResponseJSON` of WebAuthn Level 3 §5.1.8, as far as it is used. */
export const AuthenticationResponse = z.object({
  id: Base64url,
  rawId: Base64url,
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: Base64url,
    authenticatorData: Base64url,
    signature: Base64url,
    userHandle: Base64url.optional(),
  }),
  authenticatorAttachment: z.enum(['platform', 'cross-platform']).optional(),
  clientExtensionResults: z.record(z.string(), z.unknown()),
});
export type AuthenticationResponse = z.infer<typeof AuthenticationResponse>;

/** Inputs of the `prf` extension, base64url. WebAuthn Level 3 §10.1.4. */
const PrfInput = z.object({ first: Base64url, second: Base64url.optional() });

/**
 * Inputs of client extensions for a new credential; binary is base64url, others are left out. WebAuthn Level 3 §10.1,
 * CTAP 2.2 §12.
 */
export const CreationExtensions = z.object({
  credProps: z.boolean().optional(),
  credentialProtectionPolicy: z
    .enum([
      'userVerificationOptional',
      'userVerificationOptionalWithCredentialIDList',
      'userVerificationRequired',
    ])
    .optional(),
  /** True to make no credential at all where the policy cannot be kept. */
  enforceCredentialProtectionPolicy: z.boolean().optional(),
  credBlob: Base64url.optional(),
  minPinLength: z.boolean().optional(),
  pinComplexityPolicy: z.boolean().optional(),
  hmacCreateSecret: z.boolean().optional(),
  largeBlob: z.object({ support: z.enum(['required', 'preferred']) }).optional(),
  prf: z.object({ eval: PrfInput.optional() }).optional(),
  payment: z.object({ isPayment: z.boolean() }).optional(),
});
export type CreationExtensions = z.infer<typeof CreationExtensions>;

/** Inputs of client extensions for an assertion, as {@link CreationExtensions}. */
export const RequestExtensions = z.object({
  /** The AppID of credentials that were made by U2F. WebAuthn Level 3 §10.1.1. */
  appid: z.string().optional(),
  getCredBlob: z.boolean().optional(),
  hmacGetSecret: z.object({ salt1: Base64url, salt2: Base64url.optional() }).optional(),
  largeBlob: z
    .object({ read: z.boolean().optional(), write: Base64url.optional() })
    .refine(({ read, write }) => read !== true || write === undefined)
    .optional(),
  prf: z
    .object({ eval: PrfInput.optional(), evalByCredential: z.record(z.string(), PrfInput).optional() })
    .optional(),
  payment: z.object({ isPayment: z.boolean() }).optional(),
});
export type RequestExtensions = z.infer<typeof RequestExtensions>;

/** `PublicKeyCredentialCreationOptionsJSON` (WebAuthn Level 3 §5.1.9), the part that every driver needs. */
export type CreationOptions = {
  rp: { id: string; name: string };
  /** `id` is the user handle, base64url. */
  user: { id: string; name: string; displayName: string };
  /** base64url */
  challenge: string;
  pubKeyCredParams: { type: 'public-key'; alg: number }[];
  /** ms */
  timeout: number;
  excludeCredentials: { id: string; type: 'public-key'; transports?: string[] }[];
  residentKey: 'required' | 'preferred' | 'discouraged';
  userVerification: 'required' | 'preferred' | 'discouraged';
  attestation: 'none' | 'indirect' | 'direct' | 'enterprise';
  extensions?: CreationExtensions;
};

/** `PublicKeyCredentialRequestOptionsJSON` (WebAuthn Level 3 §5.1.10), the part that every driver needs. */
export type RequestOptions = {
  rpId: string;
  /** base64url */
  challenge: string;
  /** ms */
  timeout: number;
  allowCredentials: { id: string; type: 'public-key'; transports?: string[] }[];
  userVerification: 'required' | 'preferred' | 'discouraged';
  extensions?: RequestExtensions;
};
