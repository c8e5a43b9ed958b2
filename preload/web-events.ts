import type { EventName, EventPayload } from '../shared/contract/index.ts';
import { keyProtocol, readKey } from './web-key.ts';

const FIRST_DELAY = 250;
const LONGEST_DELAY = 10_000;
/** Stands beside the key, so that the host has a subprotocol to agree to that is no secret. */
const PROTOCOL = 'keywright';

type Listener = (payload: never) => void;

/** The events of the host, as long as the page lives. */
export type EventStream = {
  on<N extends EventName>(event: N, listener: (payload: EventPayload<N>) => void): () => void;
};

/**
 * Keeps a WebSocket to the host open and reconnects with growing pauses, 250 ms to 10 s; while this origin has
 * no key, it does not try. When the connection is lost and when it is back, the page is told that its session
 * may have changed: then it asks the host, and learns that it is gone, or what it missed.
 */
export function listenToEvents(url: URL): EventStream {
  const listeners = new Map<string, Set<Listener>>();
  let delay = FIRST_DELAY;
  let gap = false;

  function tell(event: string, payload: unknown): void {
    // The host validates every payload by the schema of its event.
    for (const listener of listeners.get(event) ?? []) listener(payload as never);
  }

  function connect(): void {
    const key = readKey();
    if (key === null) {
      gap = true;
      retryLater();
      return;
    }
    const socket = new WebSocket(url, [PROTOCOL, keyProtocol(key)]);
    socket.addEventListener('open', () => {
      delay = FIRST_DELAY;
      if (!gap) return;
      gap = false;
      tell('session.changed', {});
      tell('credentials.changed', {});
    });
    socket.addEventListener('message', (message) => {
      const frame = readFrame(message.data);
      if (frame !== undefined) tell(frame.event, frame.payload);
    });
    socket.addEventListener('close', () => {
      if (!gap) tell('session.changed', {});
      gap = true;
      retryLater();
    });
  }

  function retryLater(): void {
    setTimeout(async () => {
      if (await isWelcome()) connect();
      else retryLater();
    }, delay);
    delay = Math.min(delay * 2, LONGEST_DELAY);
  }

  connect();
  return {
    on(event, listener) {
      const set = listeners.get(event) ?? new Set();
      listeners.set(event, set);
      set.add(listener);
      return () => {
        set.delete(listener);
      };
    },
  };
}

/** Asks first, because a WebSocket that is refused says neither why nor goes without a complaint. */
async function isWelcome(): Promise<boolean> {
  if (readKey() === null) return false;
  try {
    return (await fetch('/', { method: 'HEAD', credentials: 'same-origin', cache: 'no-store' })).ok;
  } catch {
    // The host is not there; the next try is due anyway.
    return false;
  }
}

function readFrame(data: unknown): { event: string; payload: unknown } | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    const frame: unknown = JSON.parse(data);
    if (typeof frame !== 'object' || frame === null || !('event' in frame) || !('payload' in frame))
      return undefined;
    return typeof frame.event === 'string' ? { event: frame.event, payload: frame.payload } : undefined;
  } catch {
    // A frame that cannot be read says nothing; the next one may.
    return undefined;
  }
}
