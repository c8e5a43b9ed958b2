import type {
  AuthenticationResponse,
  CreationOptions,
  CredentialKind,
  RegistrationResponse,
  RequestOptions,
} from '../../../shared/domain/index.ts';

/** What a PIN is asked for. */
export type PinAsk = {
  /** `set`: the authenticator has none yet. `enter`: the one it has. `change`: it wants a new one. */
  ask: 'set' | 'enter' | 'change';
  /** Unicode code points (NFC). */
  minLength: number;
  /** Unicode code points; null where only `maxBytes` counts. */
  maxLength: number | null;
  /** UTF-8 bytes. */
  maxBytes: number;
  /** True where the authenticator has more rules for a new PIN, which it does not tell. CTAP 2.2 §6.4. */
  complexity: boolean;
  triesLeft: number | null;
  /** What was wrong with the PIN given before. */
  problem: 'wrong' | 'tooShort' | 'tooLong' | 'refused' | null;
};

/** What is known when a verification that is built in (a fingerprint, say) waits for the person. */
export type VerificationAsk = {
  triesLeft: number | null;
  /** True after a try that was not recognised. */
  failed: boolean;
  /** True where the PIN can be used instead. */
  pinPossible: boolean;
};

/** How the authenticator verified the person. */
export type VerifiedBy = 'pin' | 'builtIn';

/** What an authenticator is doing, or waiting for. */
export type CeremonyStatus = {
  phase: 'connecting' | 'touch' | 'working';
  /** Null while the person is not verified. */
  verifiedBy: VerifiedBy | null;
  /** When the wait in this phase ends, UTC ms; null where that is not known. */
  deadline: number | null;
};

/** An account of which the authenticator holds a passkey. */
export type Account = { userHandle: Uint8Array; name: string | undefined; displayName: string | undefined };

/** The person's side of a ceremony: shown status, asked PIN, and the wish to stop. */
export type Conversation = {
  /** Aborted when the person cancels, the window goes away or the challenge expires. */
  readonly signal: AbortSignal;
  /** Tells what is going on. */
  status(update: CeremonyStatus): void;
  /**
   * Asks for a PIN and waits for it.
   * @returns the PIN as UTF-8 of its NFC form; the receiver zeroes it after use
   * @throws KeywrightError `authenticator.cancelled` when the signal aborts
   */
  askPin(ask: PinAsk): Promise<Uint8Array>;
  /**
   * Tells that the authenticator waits for a fingerprint or another verification of its own.
   * @returns a signal that aborts when the person would rather give the PIN
   */
  askVerification(ask: VerificationAsk): AbortSignal;
  /**
   * Lets the person choose among several accounts, newest first; without it the newest is taken.
   * @returns the index of the chosen one
   */
  chooseAccount?(accounts: readonly Account[]): Promise<number>;
};

/** An authenticator that is open and ready for a ceremony: one interface, three drivers. */
export type Authenticator = {
  readonly kind: CredentialKind;
  /** Name for a person: product name, or "Software security key". */
  readonly name: string;
  /** Makes a passkey: WebAuthn §5.1.3 done by us as the client, for the given origin. */
  makeCredential(options: CreationOptions, origin: string, talk: Conversation): Promise<RegistrationResponse>;
  /** Signs a challenge: WebAuthn §5.1.4 done by us as the client, for the given origin. */
  getAssertion(options: RequestOptions, origin: string, talk: Conversation): Promise<AuthenticationResponse>;
  /** False where it knows a touch, but no way to verify who touches it, set up or not. CTAP 2.2 §6.4. */
  canVerifyUser(signal: AbortSignal): Promise<boolean>;
  /**
   * Asks without a touch and without a PIN whether one of these credentials is here. `unknown` where the
   * authenticator does not tell without verifying the person. CTAP 2.2 §6.2, pre-flight.
   * @param ids base64url
   */
  holds(rpId: string, ids: readonly string[], signal: AbortSignal): Promise<'yes' | 'no' | 'unknown'>;
  /** Frees the device. A ceremony that runs ends with `authenticator.cancelled`. */
  close(): Promise<void>;
};
