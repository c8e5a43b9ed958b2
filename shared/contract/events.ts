import { z } from 'zod';
import { Id, Millis } from '../domain/index.ts';

/** What an authenticator is doing, or waiting for, during an operation. */
export const OperationStatus = z.object({
  operationId: Id,
  /**
   * `connecting`: the way to it is opened. `pin`: it waits for `authenticators.pin`. `touch`: it waits for a
   * touch (for a software key: `authenticators.touch`). `working`: it computes, or we verify.
   */
  phase: z.enum(['connecting', 'pin', 'touch', 'working']),
  authenticator: z.object({
    name: z.string(),
    /** True for the built-in software key: its touch button is shown in the window. */
    software: z.boolean(),
  }),
  /** Present in phase `pin`. */
  pin: z
    .object({
      /** `set`: the key has none yet. `enter`: unlock. `change`: the key asks for a new one. */
      ask: z.enum(['set', 'enter', 'change']),
      /** Unicode code points (NFC). */
      minLength: z.int(),
      /** UTF-8 bytes. */
      maxBytes: z.int(),
      triesLeft: z.int().nullable(),
      /** What was wrong with the PIN given before. */
      problem: z.enum(['wrong', 'tooShort', 'tooLong', 'refused']).nullable(),
    })
    .nullable(),
  /** True once the PIN was accepted in this operation. */
  pinAccepted: z.boolean(),
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
} as const;

export type EventName = keyof typeof events;
export type EventPayload<N extends EventName> = z.output<(typeof events)[N]>;
