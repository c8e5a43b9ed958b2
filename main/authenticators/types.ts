import type { OperationStatus } from '../../shared/contract/index.ts';
import type {
  AuthenticationResponse,
  CreationOptions,
  CredentialKind,
  RegistrationResponse,
  RequestOptions,
} from '../../shared/domain/index.ts';

/** What a PIN is asked for, as `operation.status` shows it. */
export type PinAsk = NonNullable<OperationStatus['pin']>;

/** The person's side of a ceremony: shown status, asked PIN, and the wish to stop. */
export type Conversation = {
  /** Aborted when the person cancels, the window goes away or the challenge expires. */
  readonly signal: AbortSignal;
  /** Tells the window what is going on. */
  status(update: {
    phase: 'connecting' | 'touch' | 'working';
    pinAccepted: boolean;
    deadline: number | null;
  }): void;
  /**
   * Asks for a PIN and waits for it.
   * @returns the PIN as UTF-8 of its NFC form; the receiver zeroes it after use
   * @throws KeywrightError `authenticator.cancelled` when the signal aborts
   */
  askPin(ask: PinAsk): Promise<Uint8Array>;
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
  /** Frees the device. A ceremony that runs ends with `authenticator.cancelled`. */
  close(): Promise<void>;
};
