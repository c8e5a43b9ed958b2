import type { SignedActions } from '../actions/index.ts';
import type { SecurityKeys, SoftwareKeys } from '../authenticators/index.ts';
import type { Clock, Logger } from '../platform/index.ts';
import type { Store } from '../store/index.ts';
import type { CoreEvent } from './core.ts';
import type { Operations } from './operations.ts';
import type { SecurityKeyWatch } from './security-key-watch.ts';
import type { Sessions } from './sessions.ts';

/** What use cases work with. One of each per open data folder. */
export type Services = {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  readonly dataFolder: string;
  readonly sessions: Sessions;
  readonly operations: Operations;
  readonly softwareKeys: SoftwareKeys;
  readonly securityKeys: SecurityKeys;
  readonly keyWatch: SecurityKeyWatch;
  readonly actions: SignedActions;
  readonly emit: (event: CoreEvent) => void;
};
