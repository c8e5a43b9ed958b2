import type { PacketPipe } from '../../ctap/index.ts';
import type { Clock } from '../../platform/clock.ts';
import { Continuation } from './continuation.ts';
import type { DeviceSettings } from './device-context.ts';
import { HidResponder, type ResponderTimes } from './hid-responder.ts';
import { InProcessBus } from './in-process-bus.ts';
import type { KeyFile } from './key-file.ts';
import { PinState } from './pin-state.ts';
import { SoftwareAuthenticator } from './software-authenticator.ts';
import { TouchSensor } from './touch-sensor.ts';
import { Vault } from './vault.ts';

/** How long a person may take to touch, ms. CTAP 2.2 §6.1.2: at least 10 s. */
export const TOUCH_TIMEOUT = 30_000;
const RESET_WINDOW = 10_000;
const IDLE_LIMIT = 5 * 60_000;

export type SoftwareDeviceOptions = {
  keyId: string;
  clock: Clock;
  /** Where the key lives: in a file (and what is in it now), or in memory until the program ends. */
  home: { path: string; file: KeyFile | null } | 'throw-away';
  /** For throw-away keys only: touches by itself. */
  automaticTouch?: boolean | undefined;
  /** ms; for tests */
  touchTimeout?: number | undefined;
  /** ms; for tests */
  idleLimit?: number | undefined;
  times?: Partial<ResponderTimes> | undefined;
};

/** One software key as a device: plug, unplug, touch, and a bus of packets. */
export class SoftwareDevice {
  readonly #bus = new InProcessBus();
  readonly #responder: HidResponder;
  readonly #authenticator: SoftwareAuthenticator;
  readonly #sensor: TouchSensor;
  readonly #vault: Vault;
  #fault: unknown = null;

  constructor(options: SoftwareDeviceOptions) {
    const { keyId, clock, home } = options;
    const throwAway = home === 'throw-away';
    this.#sensor = new TouchSensor(throwAway && options.automaticTouch === true);
    this.#vault = new Vault({
      keyId,
      path: throwAway ? null : home.path,
      file: throwAway ? null : home.file,
      // A key with a file can be copied and its PIN guessed elsewhere, so it asks for a longer one.
      minPINLength: throwAway ? 4 : 6,
      idleLimit: options.idleLimit ?? IDLE_LIMIT,
    });
    const settings: DeviceSettings = {
      alwaysUv: !throwAway,
      alwaysUvFixed: !throwAway,
      makeCredUvNotRqd: throwAway,
      touchTimeout: options.touchTimeout ?? TOUCH_TIMEOUT,
      resetWindow: throwAway ? null : RESET_WINDOW,
    };
    const context = {
      vault: this.#vault,
      pin: new PinState(clock),
      clock,
      sensor: this.#sensor,
      continuation: new Continuation(clock),
      settings,
    };
    this.#authenticator = new SoftwareAuthenticator(context, (fault) => {
      this.#fault = fault;
    });
    this.#responder = new HidResponder(
      (packet) => this.#bus.send(packet),
      (message, running) => this.#authenticator.handle(message, running),
      options.times,
    );
    this.#bus.listen((packet) => this.#responder.receive(packet));
  }

  /** Opens the device, as a program opens a HID device. */
  connect(): PacketPipe {
    return this.#bus.connect();
  }

  /** A person touches the key. */
  touch(): void {
    this.#sensor.touch();
  }

  /** What was behind the last CTAP1_ERR_OTHER, once; null where there was none. */
  takeFault(): unknown {
    const fault = this.#fault;
    this.#fault = null;
    return fault;
  }

  /** Takes the key out and puts it in again. */
  async powerCycle(): Promise<void> {
    this.#bus.unplug();
    await this.#responder.reset();
    this.#authenticator.powerUp();
  }

  /** Takes the key out for good and wipes its secrets from memory. Its file stays. */
  async close(): Promise<void> {
    this.#bus.unplug();
    await this.#responder.reset();
    this.#authenticator.powerUp();
    this.#vault.destroy();
  }
}
