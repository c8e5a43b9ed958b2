import type { ProcedureOutput } from '../../shared/contract/index.ts';
import { findWorkspace } from '../store/index.ts';
import type { Caller } from './caller.ts';
import { toWorkspace } from './relying-party.ts';
import type { Services } from './services.ts';
import { version } from './version.ts';

/** What the first screen and Settings need to know. */
export async function readStatus(services: Services, caller: Caller): Promise<ProcedureOutput<'app.status'>> {
  const workspace = await findWorkspace(services.store.db);
  const { electron, chrome, node } = process.versions;
  return {
    version,
    host: caller.host,
    runtime:
      electron === undefined ? `Node ${node}` : `Electron ${electron}, Chromium ${chrome}, Node ${node}`,
    dataFolder: services.dataFolder,
    storeBytes: services.store.bytes(),
    workspace: workspace === undefined ? null : toWorkspace(workspace),
    session: services.sessions.get(caller.clientId),
  };
}
