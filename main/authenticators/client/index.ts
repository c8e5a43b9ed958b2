export { type CtapAuthenticatorOptions, openCtapAuthenticator } from './ctap-authenticator.ts';
export { pinProblem, pinToBytes } from './pin-input.ts';
