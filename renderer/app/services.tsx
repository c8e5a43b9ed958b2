import { createContext, type ReactNode, useContext } from 'react';
import type { KeywrightBridge } from '../../shared/contract/index.ts';
import { type CredentialList, createCredentialList } from '../features/credentials/list-store.ts';
import type { Wizard } from '../features/enrol-wizard/wizard-state.ts';
import { createWizard } from '../features/enrol-wizard/wizard-store.ts';
import { createKeysWatch, type KeysWatch } from '../features/security-keys/keys-watch.ts';
import { type AppStore, createAppStore } from './app-store.ts';
import { watchBridge } from './bridge.ts';

/** Everything a screen needs from outside: the bridge, and the stores that outlive a screen. */
export type Services = {
  bridge: KeywrightBridge;
  app: AppStore;
  list: CredentialList;
  wizard: Wizard;
  keys: KeysWatch;
};

/** Wires the stores to the host's bridge and its events. */
export function createServices(hostBridge: KeywrightBridge | undefined): Services {
  const app = createAppStore(() => bridge);
  const bridge: KeywrightBridge = watchBridge(hostBridge, {
    onUnreachable: (error) => app.fail(error),
    onSignedOut: () => {
      if (app.store.getState().status?.session) void app.refresh();
    },
  });
  const list = createCredentialList(bridge);
  const wizard = createWizard(bridge, sessionStorage);
  const keys = createKeysWatch(bridge);
  app.store.subscribe((state) => {
    if (state.phase === 'ready' && state.status.session === null) list.clear();
  });
  bridge.on('session.changed', () => void app.refresh());
  bridge.on('workspace.changed', () => void app.refresh());
  bridge.on('credentials.changed', () => {
    if (app.store.getState().status?.session) void list.refresh();
  });
  return { bridge, app, list, wizard, keys };
}

const Context = createContext<Services | null>(null);

export function ServicesProvider({ services, children }: { services: Services; children: ReactNode }) {
  return <Context value={services}>{children}</Context>;
}

export function useServices(): Services {
  const services = useContext(Context);
  if (services === null) throw new Error('No services were provided.');
  return services;
}
