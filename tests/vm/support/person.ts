import { type Conversation, pinToBytes } from '../../../main/authenticators/index.ts';

export const PIN = '258014';

/** What a person does; each may be replaced by a test. */
export type Behaviour = {
  /** Given when a PIN is asked for. */
  pin?: () => string | Promise<string>;
  /** What to do when the key waits for a touch. */
  touch: () => unknown;
  /** Resolves when the key waits for a finger. */
  waiting?: () => Promise<void>;
  signal?: AbortSignal;
};

/** The person in front of a key. */
export function person({ pin = () => PIN, touch, waiting, signal }: Behaviour): Conversation {
  let told = false;
  return {
    signal: signal ?? new AbortController().signal,
    status({ phase }) {
      if (phase === 'touch' && !told) void touch();
      told = phase === 'touch';
    },
    askPin: async () => pinToBytes(await pin()),
    askVerification: () => {
      // This is told before the key is asked.
      void waiting?.().then(touch);
      return new AbortController().signal;
    },
  };
}

/** A PIN that nobody ever types. */
export function noPin(): Promise<string> {
  return new Promise(() => undefined);
}
