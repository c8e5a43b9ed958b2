export { verifyAssertion } from './assertion.ts';
export { credProtectLevel } from './cred-protect.ts';
export { modelName } from './models.ts';
export {
  ALGORITHMS,
  type CredentialDescriptor,
  createAuthenticationOptions,
  createRegistrationOptions,
} from './options.ts';
export { verifyRegistration } from './registration.ts';
export type * from './types.ts';
