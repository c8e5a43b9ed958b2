// What the tests tell the program that plays the devices, and what it answers.
import { z } from 'zod';

/** How a key behaves: as a software key does, or as others in the field; see `tests/support/keys`. */
export const Behaves = z.enum(['software', 'ctap20', 'builtInUv', 'u2f']);
export type Behaves = z.infer<typeof Behaves>;

const Device = z.object({ device: z.int() });

export const Order = z.discriminatedUnion('order', [
  Device.extend({
    order: z.literal('make'),
    kind: z.enum(['mouse', 'key']),
    behaves: Behaves,
    name: z.string(),
    serial: z.string(),
  }),
  Device.extend({ order: z.literal('plugIn') }),
  Device.extend({ order: z.literal('pullOut') }),
  /** A finger on the key; it counts only while the key waits for it. */
  Device.extend({ order: z.literal('touch') }),
  /** Answered when the key waits for a touch. */
  Device.extend({ order: z.literal('waiting') }),
  /** Sends so many packets, numbered, two every 5 ms. */
  Device.extend({ order: z.literal('send'), packets: z.int() }),
]);
export type Order = z.infer<typeof Order>;

export const NumberedOrder = z.object({ number: z.int(), order: Order });
export const Answer = z.object({ number: z.int(), error: z.string().nullable() });
