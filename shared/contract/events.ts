import { z } from 'zod';
import { Id, Millis } from '../domain/index.ts';
import { SecurityKeysSeen } from './enrolment.ts';

/** What an authenticator is doing, or waiting for, during an operation. */
export const OperationStatus = z.object({
  operationId: Id,
  /**
   * `insert`: waits for a security key to be plugged in; `waitingFor` says why. `choose`: several keys are
   * plugged in, and all wait for the touch that chooses one. `connecting`: the way to it is opened. `pin`: it
   * waits for `authenticators.pin`. `verify`: it waits for a fingerprint or another verification that is built in;
   * `authenticators.usePin` asks for the PIN instead. `touch`: it waits for a touch (for a software key:
   * `authenticators.touch`). `working`: it computes, or we verify.
   */
  phase: z.enum(['insert', 'choose', 'connecting', 'pin', 'verify', 'touch', 'working']),
  /** Null while it is not known which one it will be: in the phases `insert` and `choose`. */
  authenticator: z
    .object({
      name: z.string(),
      /** True for the built-in software key: its touch button is shown in the window. */
      software: z.boolean(),
      /** True for a key that a program plays, reached over UDP: no hardware either. */
      simulated: z.boolean(),
    })
    .nullable(),
  /**
   * In phase `insert`, what for. `first`: none is plugged in yet. `removed`: it was pulled out before it had
   * answered; nothing was made or signed. `softLocked`: three wrong PINs in a row, it must be pulled out and
   * plugged in. `wrongKey`: what is plugged in does not hold the passkey. `blocked`: what is plugged in cannot be
   * opened. Null in all other phases.
   */
  waitingFor: z.enum(['first', 'removed', 'softLocked', 'wrongKey', 'blocked']).nullable(),
  /** In phase `choose`, the keys that wait; else empty. */
  candidates: z.array(z.object({ name: z.string(), simulated: z.boolean() })),
  /** Present in phase `pin`. */
  pin: z
    .object({
      /** Names this question: give it back with the answer. */
      questionId: Id,
      /** `set`: the key has none yet. `enter`: unlock. `change`: the key asks for a new one. */
      ask: z.enum(['set', 'enter', 'change']),
      /** Unicode code points (NFC). */
      minLength: z.int(),
      /** Unicode code points; null where only `maxBytes` counts. */
      maxLength: z.int().nullable(),
      /** UTF-8 bytes. */
      maxBytes: z.int(),
      /** True where the key has more rules for a new PIN, which it does not tell (pinComplexityPolicy). */
      complexity: z.boolean(),
      triesLeft: z.int().nullable(),
      /** What was wrong with the PIN given before. */
      problem: z.enum(['wrong', 'tooShort', 'tooLong', 'refused']).nullable(),
    })
    .nullable(),
  /** Present in phase `verify`. */
  verification: z
    .object({
      triesLeft: z.int().nullable(),
      /** True after a try that was not recognised. */
      failed: z.boolean(),
      /** True where `authenticators.usePin` is possible. */
      pinPossible: z.boolean(),
    })
    .nullable(),
  /** How the authenticator verified the person in this operation; null while it did not. */
  verifiedBy: z.enum(['pin', 'builtIn']).nullable(),
  /** When the wait in this phase ends, UTC ms; null where there is no limit to tell. */
  deadline: Millis.nullable(),
});
export type OperationStatus = z.infer<typeof OperationStatus>;

/** Every event the host sends to a window or browser. */
export const events = {
  /** Only to the window that started the operation. */
  'operation.status': OperationStatus,
  /** The list of credentials is not what it was. */
  'credentials.changed': z.object({}),
  /** Someone signed in or out on this window. */
  'session.changed': z.object({}),
  /** The workspace's own settings are not what they were. */
  'workspace.changed': z.object({}),
  /** Only to windows that watch, see `securityKeys.watch`: keys came, went, or can or cannot be opened. */
  'securityKeys.changed': SecurityKeysSeen,
} as const;

export type EventName = keyof typeof events;
export type EventPayload<N extends EventName> = z.output<(typeof events)[N]>;
