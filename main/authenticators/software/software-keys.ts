import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Id } from '../../../shared/domain/index.ts';
import { KeywrightError } from '../../../shared/errors/index.ts';
import { type Clock, systemClock } from '../../platform/clock.ts';
import { newId } from '../../platform/ids.ts';
import type { Authenticator } from '../client/index.ts';
import { openCtapAuthenticator } from '../client/index.ts';
import { isTemporary, KEY_FILE_SUFFIX, readKeyFile, removeKeyFile } from './key-file.ts';
import { SOFTWARE_KEY_NAME } from './model.ts';
import { SoftwareDevice, TOUCH_TIMEOUT } from './software-device.ts';
import type { SoftwareKeys } from './types.ts';

export type SoftwareKeysOptions = {
  /** Absolute path of the folder for the key files; made with the first file. */
  folder: string;
  clock?: Clock;
  /** How long a person may take to touch, ms. */
  touchTimeout?: number;
  /** How long an unlocked key stays unlocked without use, ms. */
  idleLimit?: number;
};

/**
 * The software keys of one data folder: one file for each, `<keyId>.swkey`, that its PIN alone can open.
 * A key is in memory from its first use until `close`; reading its file does not unlock it.
 */
export function createSoftwareKeys(options: SoftwareKeysOptions): SoftwareKeys {
  const { folder, clock = systemClock, touchTimeout = TOUCH_TIMEOUT, idleLimit } = options;
  const devices = new Map<string, Promise<SoftwareDevice>>();

  const pathOf = (keyId: string) => {
    // The id becomes part of a path: nothing but a UUID may.
    if (!Id.safeParse(keyId).success || keyId !== keyId.toLowerCase()) {
      throw new KeywrightError('authenticator.not_found');
    }
    return join(folder, `${keyId}${KEY_FILE_SUFFIX}`);
  };

  const load = async (keyId: string): Promise<SoftwareDevice> => {
    const path = pathOf(keyId);
    const file = await readKeyFile(path);
    if (file === null) throw new KeywrightError('authenticator.not_found');
    return new SoftwareDevice({ keyId, clock, home: { path, file }, touchTimeout, idleLimit });
  };

  const deviceOf = (keyId: string): Promise<SoftwareDevice> => {
    const known = devices.get(keyId);
    if (known !== undefined) return known;
    const device = load(keyId);
    devices.set(keyId, device);
    device.catch(() => devices.delete(keyId));
    return device;
  };

  const names = async (): Promise<string[]> => {
    try {
      return await readdir(folder);
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return [];
      throw new KeywrightError('store.read_only', { cause });
    }
  };

  const filed = async (): Promise<string[]> => {
    const ids = (await names())
      .filter((name) => name.endsWith(KEY_FILE_SUFFIX))
      .map((name) => name.slice(0, -KEY_FILE_SUFFIX.length));
    return ids.filter((id) => Id.safeParse(id).success).sort();
  };

  return {
    async create(): Promise<string> {
      const keyId = newId();
      const home = { path: pathOf(keyId), file: null };
      devices.set(
        keyId,
        Promise.resolve(new SoftwareDevice({ keyId, clock, home, touchTimeout, idleLimit })),
      );
      return keyId;
    },

    async open(keyId: string): Promise<Authenticator> {
      const device = await deviceOf(keyId);
      const authenticator = await openCtapAuthenticator({
        pipe: device.connect(),
        kind: 'software',
        name: SOFTWARE_KEY_NAME,
        clock,
        touchTimeout,
      });
      return withFaults(authenticator, device);
    },

    touch(keyId: string): void {
      // A key that is not in memory waits for nothing, and one that failed to load has told its opener.
      devices.get(keyId)?.then(
        (device) => device.touch(),
        () => undefined,
      );
    },

    async reconnect(keyId: string): Promise<void> {
      const device = await deviceOf(keyId);
      // Whoever opens it now waits until it is back.
      const back = device.powerCycle().then(() => device);
      devices.set(keyId, back);
      await back;
    },

    async has(keyId: string): Promise<boolean> {
      return devices.has(keyId) || (await filed()).includes(keyId);
    },

    list: filed,

    async remove(keyId: string): Promise<void> {
      const path = pathOf(keyId);
      const device = await devices.get(keyId)?.catch(() => undefined);
      devices.delete(keyId);
      await device?.close();
      await removeKeyFile(path);
    },

    async tidy(): Promise<void> {
      const left = (await names()).filter((name) => isTemporary(name));
      for (const name of left) await removeKeyFile(join(folder, name));
    },

    async close(): Promise<void> {
      const open = await Promise.allSettled(devices.values());
      devices.clear();
      for (const device of open) if (device.status === 'fulfilled') await device.value.close();
    },
  };
}

/**
 * CTAP has one status for all inner failures. Where the key is in this program the failure itself is at hand,
 * and a person learns more from "the disk is full" than from "other error".
 */
function withFaults(authenticator: Authenticator, device: SoftwareDevice): Authenticator {
  const explained = async <T>(run: Promise<T>): Promise<T> => {
    try {
      return await run;
    } catch (error) {
      const fault = device.takeFault();
      throw error instanceof KeywrightError && error.code === 'authenticator.failed' && fault !== null
        ? fault
        : error;
    }
  };
  return {
    kind: authenticator.kind,
    name: authenticator.name,
    makeCredential: (options, origin, talk) => explained(authenticator.makeCredential(options, origin, talk)),
    getAssertion: (options, origin, talk) => explained(authenticator.getAssertion(options, origin, talk)),
    canVerifyUser: (signal) => authenticator.canVerifyUser(signal),
    holds: (rpId, ids, signal) => authenticator.holds(rpId, ids, signal),
    close: () => authenticator.close(),
  };
}
