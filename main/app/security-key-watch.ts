import type { SecurityKeysSeen } from '../../shared/contract/index.ts';
import type { SecurityKeyDevice, SecurityKeys } from '../authenticators/index.ts';

/** Tells windows which security keys are plugged in; looks only while one of them watches. */
export class SecurityKeyWatch {
  readonly #keys: SecurityKeys;
  readonly #permissionCommand: string | null;
  readonly #tell: (clientId: string, seen: SecurityKeysSeen) => void;
  readonly #watching = new Map<string, () => void>();

  /** @param permissionCommand lets the person open keys; null where there is none to give */
  constructor(
    keys: SecurityKeys,
    permissionCommand: string | null,
    tell: (clientId: string, seen: SecurityKeysSeen) => void,
  ) {
    this.#keys = keys;
    this.#permissionCommand = permissionCommand;
    this.#tell = tell;
  }

  /** What is plugged in now; changes are told until {@link unwatch}. */
  async watch(clientId: string): Promise<SecurityKeysSeen> {
    this.unwatch(clientId);
    let told: string | null = null;
    const first = Promise.withResolvers<SecurityKeysSeen>();
    const stop = this.#keys.watch((devices) => {
      const seen = this.#seen(devices);
      const before = told;
      told = JSON.stringify(seen);
      if (before === null) first.resolve(seen);
      else if (before !== told) this.#tell(clientId, seen);
    });
    this.#watching.set(clientId, () => {
      stop();
      // Whoever still waits for the first look does not wait for ever.
      first.resolve(this.#seen([]));
    });
    return first.promise;
  }

  unwatch(clientId: string): void {
    this.#watching.get(clientId)?.();
    this.#watching.delete(clientId);
  }

  close(): void {
    for (const clientId of [...this.#watching.keys()]) this.unwatch(clientId);
  }

  #seen(devices: readonly SecurityKeyDevice[]): SecurityKeysSeen {
    return {
      devices: devices.map(({ id, name, serial, transport, problem }) => ({
        id,
        name,
        serial,
        transport,
        problem,
      })),
      permissionCommand: this.#permissionCommand,
    };
  }
}
