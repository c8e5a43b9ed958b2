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
};
