import { join } from 'node:path';
import { events } from '../../shared/contract/index.ts';
import { createSignedActions } from '../actions/index.ts';
import { createSecurityKeys, createSoftwareKeys } from '../authenticators/index.ts';
import { type Clock, createLogger, type Settings, systemClock } from '../platform/index.ts';
import { openStore } from '../store/index.ts';
import type { Core, CoreEvent } from './core.ts';
import { rename, setState } from './credential-actions.ts';
import { sweepEnrolments } from './enrol.ts';
import { createCredential } from './enrol-commit.ts';
import { Operations } from './operations.ts';
import { permissionCommand } from './permission-command.ts';
import { createRouter } from './router.ts';
import { SecurityKeyWatch } from './security-key-watch.ts';
import type { Services } from './services.ts';
import { Sessions } from './sessions.ts';

import { changeUserVerification } from './workspace-actions.ts';

export type { Caller } from './caller.ts';
export type { Core, CoreEvent } from './core.ts';
export { version } from './version.ts';

/** How to start the core. */
export type CoreOptions = {
  /** Absolute path of the data folder; made if absent. */
  dataFolder: string;
  /** Named to a second copy that finds the folder locked. */
  host: 'electron' | 'web' | 'cli';
  logLevel?: Settings['logLevel'];
  /** Simulated security keys; none unless asked for. */
  simulators?: Settings['simulators'];
  /** Absolute path of the udev rule that lets people open security keys (Linux). */
  udevRule?: string;
  clock?: Clock;
};

const SWEEP_INTERVAL = 10 * 60_000;

/**
 * Opens the data folder and starts the application. Enrolments that an earlier run left unfinished are
 * discarded first.
 * @throws KeywrightError `store.*` when the folder cannot be used
 */
export async function createCore(options: CoreOptions): Promise<Core> {
  const { dataFolder, clock = systemClock } = options;
  const store = openStore({ folder: dataFolder, host: options.host, now: clock.now() });
  const log = createLogger(dataFolder, options.logLevel ?? 'warn');
  const listeners = new Set<(event: CoreEvent) => void>();
  const emit = (event: CoreEvent) => {
    // Windows trust the shape of events: a wrong one must fail here.
    events[event.event].parse(event.payload);
    for (const listener of listeners) listener(event);
  };
  const securityKeys = createSecurityKeys({
    udp: options.simulators ?? [],
    clock,
    onProblem: (err) => log.warn({ err }),
  });
  const services: Services = {
    store,
    clock,
    log,
    dataFolder,
    emit,
    sessions: new Sessions((clientId) => emit({ event: 'session.changed', payload: {}, clientId })),
    operations: new Operations((clientId, payload) => emit({ event: 'operation.status', payload, clientId })),
    softwareKeys: createSoftwareKeys({ folder: join(dataFolder, 'software-keys'), clock }),
    securityKeys,
    keyWatch: new SecurityKeyWatch(securityKeys, permissionCommand(options.udevRule), (clientId, payload) =>
      emit({ event: 'securityKeys.changed', payload, clientId }),
    ),
    actions: createSignedActions({
      store,
      clock,
      handlers: {
        'credentials.create': createCredential,
        'credentials.setState': setState,
        'credentials.rename': rename,
        'workspace.setUserVerification': changeUserVerification,
      },
    }),
  };
  await services.softwareKeys.tidy();
  await sweepEnrolments(services);
  const sweeper = setInterval(() => {
    sweepEnrolments(services, clock.now()).catch((err: unknown) => log.error({ err }));
  }, SWEEP_INTERVAL);
  sweeper.unref();
  const route = createRouter(services);
  return {
    call: (caller, procedure, input, size = 0) => route(caller, procedure, input, size),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    clientGone: (clientId) => {
      services.keyWatch.unwatch(clientId);
      services.operations.cancelAllOf(clientId);
    },
    close: async () => {
      clearInterval(sweeper);
      services.keyWatch.close();
      await services.operations.close();
      await services.softwareKeys.close();
      await store.close();
    },
  };
}
