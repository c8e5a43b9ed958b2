import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { onTestFinished, vi } from 'vitest';
import { createCore } from '../../../main/app/index.ts';
import type {
  AssertionFlow,
  AssertionState,
  Challenge,
} from '../../../renderer/features/ceremony/assertion-flow.ts';
import type { Ceremony, CeremonyState } from '../../../renderer/features/ceremony/ceremony-store.ts';
import type {
  EventName,
  EventPayload,
  KeywrightBridge,
  ProcedureName,
  ProcedureOutput,
  Reply,
} from '../../../shared/contract/index.ts';
import type { ErrorCode } from '../../../shared/errors/index.ts';
import { Window as CoreWindow, startCore } from '../../support/core.ts';
import type { TestKeyOptions } from '../../support/keys/test-key.ts';
import { openUdpTestKey, type UdpTestKey } from '../../support/keys/udp-test-key.ts';
import { tempFolder } from '../../support/temp.ts';

export const PIN = 'correct horse';

/** The page's bridge to a real core, without a host in between. Nobody answers for the person. */
export async function openBridge(): Promise<{ bridge: KeywrightBridge; window: CoreWindow }> {
  const { window } = await startCore();
  window.behaviour = { pin: () => null, touch: () => false };
  return { bridge: bridgeOf(window), window };
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

/** As {@link openBridge}, with a simulated security key that is plugged in. */
export async function openBridgeWithKey(
  options: TestKeyOptions = { persona: 'standard' },
): Promise<{ bridge: KeywrightBridge; window: CoreWindow; key: UdpTestKey }> {
  const host = '127.0.0.1';
  const answers = { host, port: await freePort() };
  const key = await openUdpTestKey({ ...options, listen: { host, port: 0 }, answer: answers });
  const simulators = [{ device: { host, port: key.port }, answers }];
  const core = await createCore({ dataFolder: tempFolder(), host: 'web', simulators });
  onTestFinished(async () => {
    await core.close();
    await key.close();
  });
  const window = new CoreWindow(core);
  window.behaviour = { pin: () => null, touch: () => false };
  return { bridge: bridgeOf(window), window, key };
}

export function bridgeOf(window: CoreWindow): KeywrightBridge {
  return {
    call: async <N extends ProcedureName>(name: N, input: unknown) =>
      (await window.core.call(window.caller, name, input)) as Reply<ProcedureOutput<N>>,
    on: <N extends EventName>(name: N, listener: (payload: EventPayload<N>) => void) =>
      window.core.subscribe((event) => {
        const mine = event.clientId === null || event.clientId === window.caller.clientId;
        if (mine && event.event === name) listener(event.payload as EventPayload<N>);
      }),
  };
}

/** What `sessionStorage` is to a window. */
export class MemoryStorage {
  readonly #items = new Map<string, string>();
  getItem(key: string): string | null {
    return this.#items.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.#items.set(key, value);
  }
  removeItem(key: string): void {
    this.#items.delete(key);
  }
}

/** Waits until the ceremony asks for this. */
export async function waitFor(
  ceremony: Ceremony,
  phase: 'insert' | 'pin' | 'verify' | 'touch',
): Promise<void> {
  await vi.waitFor(() => {
    const state = ceremony.store.getState();
    if (state.phase !== 'running' || state.answered || state.status?.phase !== phase) {
      throw new Error(`It does not wait for ${phase}: ${describeState(state)}`);
    }
  }, 10_000);
}

function describeState(state: CeremonyState): string {
  return state.phase === 'running' ? `running, ${state.status?.phase ?? 'no status'}` : state.phase;
}

export async function giveTouch(ceremony: Ceremony): Promise<void> {
  await waitFor(ceremony, 'touch');
  await ceremony.touch();
}

export async function givePinAndTouch(ceremony: Ceremony, pin = PIN): Promise<void> {
  await waitFor(ceremony, 'pin');
  await ceremony.sendPin(pin);
  await giveTouch(ceremony);
}

/** The state of a flow, which must be at this stage. */
export function at<C extends Challenge, R, S extends AssertionState<C, R>['stage']>(
  flow: AssertionFlow<C, R>,
  stage: S,
): Extract<AssertionState<C, R>, { stage: S }> {
  const state = flow.store.getState();
  if (state.stage !== stage) {
    const error: ErrorCode | undefined = state.stage === 'failed' ? state.error.code : undefined;
    throw new Error(`The flow is at ${state.stage} (${error ?? 'no error'}), not at ${stage}.`);
  }
  return state as Extract<AssertionState<C, R>, { stage: S }>;
}
