// What the tests tell another program, and what it answers.
import { z } from 'zod';

export const TaskName = z.enum(['watch', 'choose', 'chatter', 'hold', 'wizard']);
export type TaskName = z.infer<typeof TaskName>;

export const Message = z.discriminatedUnion('what', [
  z.object({ what: z.literal('begin'), id: z.int(), task: TaskName }),
  z.object({ what: z.literal('sign'), id: z.int() }),
  z.object({ what: z.literal('end'), id: z.int() }),
]);
export const Word = z.object({ id: z.int(), word: z.unknown() });

/** What the task `watch` tells. */
export const Watched = z.object({
  devices: z.array(z.object({ name: z.string(), accessible: z.boolean(), problem: z.string().nullable() })),
  /** For each of them `opened`, or the code of what went wrong. */
  opened: z.array(z.string()),
});
