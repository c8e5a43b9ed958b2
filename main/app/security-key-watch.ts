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
    const seen = this.#seen(await this.#keys.list());
    let told = JSON.stringify(seen);
    const stop = this.#keys.watch((devices) => {
      const now = this.#seen(devices);
      if (JSON.stringify(now) === told) return;
      told = JSON.stringify(now);
      this.#tell(clientId, now);
    });
    // Two calls at once would leave one that nobody can end.
    this.unwatch(clientId);
    this.#watching.set(clientId, stop);
    return seen;
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
