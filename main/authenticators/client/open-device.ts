import type { CredentialKind } from '../../../shared/domain/index.ts';
import type { HidDevice } from '../../ctap/index.ts';
import { endedBy, type TouchClock } from './ceremony.ts';
import type { OpenOptions } from './open.ts';
import type { Conversation } from './types.ts';

/** What every authenticator behind a device is: named, ended by itself or by us, and closed at the end. */
export class OpenDevice {
  readonly kind: CredentialKind;
  readonly name: string;
  protected readonly touchClock: TouchClock;
  readonly #device: HidDevice;
  readonly #closing = new AbortController();
  readonly #gone = new AbortController();

  constructor(device: HidDevice, { kind, name, clock, touchTimeout }: OpenOptions) {
    this.kind = kind;
    this.name = name;
    this.touchClock = { now: () => clock.now(), touchTimeout };
    this.#device = device;
    device.onClose(() => this.#gone.abort());
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#device.close();
  }

  /** Runs a ceremony that ends with the device. @throws KeywrightError as {@link endedBy} */
  protected run<T>(talk: Conversation, work: (talk: Conversation) => Promise<T>): Promise<T> {
    return endedBy({ closing: this.#closing.signal, gone: this.#gone.signal }, talk, work);
  }
}
