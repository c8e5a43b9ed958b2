export { type OpenOptions, openCtapAuthenticator } from './open.ts';
export { parseCreationOptions, parseRequestOptions } from './page-options.ts';
export { pinProblem, pinToBytes } from './pin-input.ts';
export type {
  Account,
  Authenticator,
  CeremonyStatus,
  Conversation,
  PinAsk,
  VerificationAsk,
  VerifiedBy,
} from './types.ts';
