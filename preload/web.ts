import { CALL_PATH, EVENTS_PATH } from '../shared/contract/channels.ts';
import type {
  EventName,
  EventPayload,
  KeywrightBridge,
  ProcedureInput,
  ProcedureName,
  ProcedureOutput,
  Reply,
} from '../shared/contract/index.ts';
import { KeywrightError } from '../shared/errors/error.ts';
import { type EventStream, listenToEvents } from './web-events.ts';
import { forgetKey, keyHeader, passLaunchPage, readKey } from './web-key.ts';

const makeBridge = (events: EventStream): KeywrightBridge => ({
  async call<N extends ProcedureName>(
    procedure: N,
    input: ProcedureInput<N>,
  ): Promise<Reply<ProcedureOutput<N>>> {
    try {
      const key = readKey();
      const response = await fetch(CALL_PATH, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...keyHeader(key) },
        body: JSON.stringify({ procedure, input }),
        credentials: 'same-origin',
        cache: 'no-store',
        redirect: 'error',
      });
      if (response.status === 401) forgetKey(key);
      if (response.status === 401 || response.status === 403) return refused('host.forbidden');
      const reply: unknown = await response.json();
      return isReply<ProcedureOutput<N>>(reply) ? reply : refused('host.unreachable');
    } catch {
      // Fetch and JSON fail in one way only here: there is no host at the other end.
      return refused('host.unreachable');
    }
  },
  on<N extends EventName>(event: N, listener: (payload: EventPayload<N>) => void): () => void {
    return events.on(event, listener);
  },
});

if (!passLaunchPage()) {
  const events = listenToEvents(new URL(EVENTS_PATH, location.href.replace(/^http/, 'ws')));
  Object.defineProperty(window, 'keywright', {
    value: Object.freeze(makeBridge(events)),
    enumerable: true,
  });
}

function refused(code: 'host.forbidden' | 'host.unreachable'): Reply<never> {
  return { ok: false, error: new KeywrightError(code).toBody() };
}

/** The envelope is looked at here; what is in it, the host has validated by the contract's schema. */
function isReply<T>(value: unknown): value is Reply<T> {
  return typeof value === 'object' && value !== null && 'ok' in value && typeof value.ok === 'boolean';
}
