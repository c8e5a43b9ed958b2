import type { ErrorBody } from '../errors/index.ts';
import type { EventName, EventPayload } from './events.ts';
import type { ProcedureInput, ProcedureName, ProcedureOutput } from './procedures.ts';

/** A message larger than this is refused by every host, in bytes of its UTF-8 JSON. */
export const MESSAGE_LIMIT = 1024 * 1024;

/** The answer to a call. Errors are values: exceptions lose their fields on the way through a bridge. */
export type Reply<T> = { ok: true; value: T } | { ok: false; error: ErrorBody };

/** All that a page sees of the core: `window.keywright`. */
export type KeywrightBridge = {
  /** Calls a procedure. Never rejects. */
  call<N extends ProcedureName>(name: N, input: ProcedureInput<N>): Promise<Reply<ProcedureOutput<N>>>;
  /** Listens to an event; returns the function that stops listening. */
  on<N extends EventName>(event: N, listener: (payload: EventPayload<N>) => void): () => void;
};
