import type { EventName, EventPayload, Reply } from '../../shared/contract/index.ts';
import type { Caller } from './caller.ts';

/** An event for one client, or for all of them. */
export type CoreEvent = {
  [N in EventName]: { event: N; payload: EventPayload<N>; clientId: string | null };
}[EventName];

/** The whole application without a window. Hosts call it and pass its events on. */
export type Core = {
  /**
   * Runs a procedure for a caller. Checks name, size, input, access and output; never rejects.
   * @param size length of the message as it arrived, in bytes
   */
  call(caller: Caller, procedure: string, input: unknown, size?: number): Promise<Reply<unknown>>;
  /** Listens to all events; returns the function that stops listening. */
  subscribe(listener: (event: CoreEvent) => void): () => void;
  /** Says that a client is gone for good, or reloads: its running operations are cancelled. */
  clientGone(clientId: string): void;
  /** Cancels what runs, closes the store and frees its lock. */
  close(): Promise<void>;
};
