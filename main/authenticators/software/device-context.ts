import { type CborMap, CtapError, encodeCbor, STATUS } from '../../ctap/index.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Continuation } from './continuation.ts';
import type { PinState } from './pin-state.ts';
import type { TouchSensor } from './touch-sensor.ts';
import type { Vault } from './vault.ts';

/** What differs between a key with a file and a throw-away key. */
export type DeviceSettings = {
  /** Every makeCredential and getAssertion needs the PIN; toggleAlwaysUv changes it. CTAP 2.2 §7.2. */
  alwaysUv: boolean;
  /** True: alwaysUv cannot be switched off. */
  alwaysUvFixed?: boolean;
  /** Non-resident credentials can be made without the PIN, unless alwaysUv is on. CTAP 2.2 §6.4, makeCredUvNotRqd. */
  makeCredUvNotRqd: boolean;
  /** How long a person may take to touch, ms. */
  touchTimeout: number;
  /** How long after power-up a reset is allowed, ms; null: always. CTAP 2.2 §6.6. */
  resetWindow: number | null;
};

/** What every command works with. */
export type DeviceContext = {
  vault: Vault;
  pin: PinState;
  clock: Clock;
  sensor: TouchSensor;
  continuation: Continuation;
  settings: DeviceSettings;
};

/** One running command, as the transport sees it. */
export type Transaction = {
  /** Aborted by CTAPHID_CANCEL, a new CTAPHID_INIT on the channel, and when the key is taken out. */
  signal: AbortSignal;
  /** Told when the command waits for a touch, and when it goes on. */
  waiting(forTouch: boolean): void;
};

/**
 * Waits for a touch. CTAP 2.2 §6.1.2 step 14, §6.2.2 step 9.
 * @throws CtapError USER_ACTION_TIMEOUT, KEEPALIVE_CANCEL
 */
export async function collectTouch({ sensor, settings }: DeviceContext, running: Transaction): Promise<void> {
  running.waiting(true);
  const result = await sensor.wait(settings.touchTimeout, running.signal);
  running.waiting(false);
  if (result === 'cancelled') throw new CtapError(STATUS.KEEPALIVE_CANCEL);
  if (result === 'timeout') throw new CtapError(STATUS.USER_ACTION_TIMEOUT);
}

/** Non-resident credentials can be made without the PIN now. CTAP 2.2 §7.2: never with alwaysUv. */
export function credentialsWithoutPin({ settings }: DeviceContext): boolean {
  return settings.makeCredUvNotRqd && !settings.alwaysUv;
}

/** A successful answer: status byte and data. */
export function success(data?: CborMap): Uint8Array {
  if (data === undefined) return Uint8Array.of(STATUS.SUCCESS);
  return Buffer.concat([Uint8Array.of(STATUS.SUCCESS), encodeCbor(data)]);
}
