import { KeywrightError } from '../../../shared/errors/index.ts';
import { openCtapAuthenticator } from '../client/index.ts';
import { isHidMissing } from './hid-library.ts';
import { LinuxHidraw } from './linux-hidraw.ts';
import { simulatorSource } from './simulator-source.ts';
import { firstTouched } from './touch-choice.ts';
import type { CtapSimulator, FoundKey, SecurityKeys } from './types.ts';
import { usbSource } from './usb-source.ts';
import { Watcher } from './watcher.ts';
import { hidesSecurityKeys } from './windows.ts';

/** So often that a key is noticed within a second, ms. */
const LOOK_EVERY = 700;
/** Simulators keep their name when they start again: so often that it is noticed that they were gone, ms. */
const LOOK_EVERY_WITH_SIMULATORS = 100;

export type SecurityKeysOptions = {
  /** Firmware simulators that are listed with the keys while they run. */
  udp?: readonly CtapSimulator[];
  /** UTC ms, for deadlines that are shown. */
  clock?: { now(): number };
  /** Relying parties that this platform itself allows to learn which very key it is. CTAP 2.2 §7.1. */
  enterpriseRpIds?: readonly string[];
  /** Told of what went wrong while a watcher looked for keys, for the log. */
  onProblem?: (error: unknown) => void;
  /** The look at sysfs; null where there is none. Tests put their own in its place. */
  linux?: LinuxHidraw | null;
};

/** The security keys of this computer: those on USB, and simulated ones that were asked for. */
export function createSecurityKeys(options: SecurityKeysOptions = {}): SecurityKeys {
  const { udp = [], clock = Date, onProblem = () => undefined } = options;
  const { linux = process.platform === 'linux' ? new LinuxHidraw() : null } = options;
  const sources = [usbSource(linux), ...udp.map((simulator) => simulatorSource(simulator))];

  const find = async (): Promise<FoundKey[]> =>
    (await Promise.all(sources.map((source) => source.find()))).flat();
  const list = async () => (await find()).map(({ device }) => device);

  // What was listed may be gone, and another key be in its place: only what is there now counts.
  const findNow = async (ids: readonly string[]): Promise<FoundKey[]> => {
    const keys = (await find()).filter(({ device }) => ids.includes(device.id));
    if (keys.length === 0) throw new KeywrightError('authenticator.not_found');
    return keys;
  };

  const interval = udp.length > 0 ? LOOK_EVERY_WITH_SIMULATORS : LOOK_EVERY;
  const watcher = new Watcher({ sources, list, interval, onProblem });

  return {
    list,
    async unavailable() {
      // A simulator that was asked for needs neither library nor rights.
      if (udp.length > 0) return null;
      if (await isHidMissing()) return 'libraryMissing';
      return (await hidesSecurityKeys()) ? 'hiddenBySystem' : null;
    },
    watch: (listener) => watcher.watch(listener),

    async open(id, signal) {
      const [key] = await findNow([id]);
      if (key === undefined) throw new KeywrightError('authenticator.not_found');
      const pipe = await key.openPipe();
      return openCtapAuthenticator({
        pipe,
        ...(signal === undefined ? {} : { signal }),
        kind: 'securityKey',
        name: key.device.name,
        clock,
        touchTimeout: null,
        enterpriseRpIds: options.enterpriseRpIds ?? [],
      });
    },

    async chooseByTouch(ids, signal) {
      if (signal.aborted) throw new KeywrightError('authenticator.cancelled');
      const keys = await findNow(ids);
      const [wanted, ...others] = new Set(ids);
      if (wanted !== undefined && others.length === 0) return wanted;
      const candidates = keys.map(({ device, openPipe }) => ({ id: device.id, openPipe }));
      return firstTouched(candidates, signal);
    },
  };
}
