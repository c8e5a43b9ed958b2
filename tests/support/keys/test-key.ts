import { Continuation } from '../../../main/authenticators/software/continuation.ts';
import {
  HidResponder,
  type MessageHandler,
  type MessageHandlers,
} from '../../../main/authenticators/software/hid-responder.ts';
import { InProcessBus } from '../../../main/authenticators/software/in-process-bus.ts';
import { PinState } from '../../../main/authenticators/software/pin-state.ts';
import { SoftwareAuthenticator } from '../../../main/authenticators/software/software-authenticator.ts';
import { Vault } from '../../../main/authenticators/software/vault.ts';
import type { PacketPipe } from '../../../main/ctap/index.ts';
import { type Clock, systemClock } from '../../../main/platform/clock.ts';
import { builtInUv } from './built-in-uv.ts';
import { ctap20 } from './ctap20.ts';
import type { Layer, TestContext } from './messages.ts';
import { type FingerResult, TestSensor, type TouchMode, type Waiting } from './test-sensor.ts';
import { makeAttestation, U2fKey } from './u2f.ts';

/**
 * How a key behaves:
 * - `standard`: as a throw-away software key does, CTAP 2.1 with PIN;
 * - `ctap20`: CTAP 2.0 with PIN protocol 1, old tokens, and credential management by 0x41;
 * - `builtInUv`: CTAP 2.1 with a fingerprint sensor that knows a finger, and a PIN beside it once one is set;
 * - `builtInUv20`: the same under CTAP 2.0, where the option `uv` of a request is the only way to it;
 * - `noFinger`: a fingerprint sensor to which no finger was shown yet;
 * - `u2f`: CTAP1/U2F alone.
 */
export const PERSONAS = ['standard', 'ctap20', 'builtInUv', 'builtInUv20', 'noFinger', 'u2f'] as const;
export type Persona = (typeof PERSONAS)[number];

const LAYERS: Record<Persona, Layer[]> = {
  standard: [],
  ctap20: [ctap20],
  builtInUv: [builtInUv()],
  builtInUv20: [builtInUv(), ctap20],
  noFinger: [builtInUv(false)],
  u2f: [],
};

export type TestKeyOptions = {
  persona: Persona;
  /** For fingers too. */
  touch?: TouchMode;
  clock?: Clock;
  /** How long a person may take, ms. */
  touchTimeout?: number;
  /** What else is different about it, around all that the persona does. */
  layers?: Layer[];
  /** Told what the key waits for, each time that it begins to. */
  onWaiting?: (waiting: Waiting) => void;
};

/** A throw-away key that behaves like another one in the field. */
export type TestKey = {
  /** Opens it, as a program opens a HID device. */
  connect(): PacketPipe;
  /** A person touches it; counts while it waits for a touch. */
  touch(): void;
  /** A person lays a right or a wrong finger on it. */
  finger(result: FingerResult): void;
  /** Takes it out and puts it in again: all pipes close. */
  powerCycle(): Promise<void>;
  close(): Promise<void>;
};

/**
 * Makes a throw-away key in this program.
 *
 *     const key = await openTestKey({ persona: 'builtInUv', touch: 'manual', onWaiting: () => key.finger('bad') });
 *     const authenticator = await openCtapAuthenticator({ pipe: key.connect(), ... });
 *
 * For one over UDP see `openUdpTestKey`, for one in a program of its own `tests/support/udp-key.ts`.
 */
export async function openTestKey(options: TestKeyOptions): Promise<TestKey> {
  const { persona, touch = 'auto', clock = systemClock, touchTimeout = 30_000, onWaiting } = options;
  const sensor = new TestSensor(touch, clock, (waiting) => onWaiting?.(waiting));
  const vault = new Vault({ keyId: 'test', path: null, file: null, minPINLength: 4, idleLimit: 60_000 });
  const context: TestContext = {
    vault,
    pin: new PinState(clock),
    clock,
    sensor,
    continuation: new Continuation(clock),
    // CTAP 2.0 wants the PIN for every credential once there is one.
    settings: { alwaysUv: false, makeCredUvNotRqd: !persona.endsWith('20'), touchTimeout, resetWindow: null },
  };
  const authenticator = new SoftwareAuthenticator(context, (fault) => {
    throw new Error('a key for tests failed inside', { cause: fault });
  });
  const u2f = persona === 'u2f' ? new U2fKey(context, await makeAttestation()) : null;
  const inner: MessageHandler = (message, running) => authenticator.handle(message, running);
  const handlers: MessageHandlers =
    u2f === null
      ? {
          cbor: [...LAYERS[persona], ...(options.layers ?? [])].reduce(
            (handle, layer) => layer(context, handle),
            inner,
          ),
        }
      : { msg: (apdu) => u2f.answer(apdu) };
  const bus = new InProcessBus();
  const responder = new HidResponder((packet) => bus.send(packet), handlers);
  bus.listen((packet) => responder.receive(packet));

  const powerCycle = async () => {
    bus.unplug();
    await responder.reset();
    authenticator.powerUp();
    u2f?.powerUp();
  };
  return {
    connect: () => bus.connect(),
    touch: () => sensor.touch(),
    finger: (result) => sensor.finger(result),
    powerCycle,
    async close() {
      await powerCycle();
      vault.destroy();
    },
  };
}
