import type { ProcedureOutput } from '../../../shared/contract/index.ts';
import { withOperator } from './operator.ts';

/** `keywright status`: what is in the data folder, without signing in. */
export async function printStatus(options: { json?: boolean }): Promise<void> {
  const status = await withOperator((operator) => operator.call('app.status', {}));
  console.log(options.json ? JSON.stringify(status, null, 2) : factsOf(status));
}

function factsOf(status: ProcedureOutput<'app.status'>): string {
  const { workspace } = status;
  const facts: [string, string][] = [
    ['Keywright', `${status.version} on ${status.runtime}`],
    ['Data folder', status.dataFolder],
    ['Store', `${(status.storeBytes / 1024).toFixed(0)} KiB`],
    [
      'Workspace',
      workspace === null ? 'none yet: create the first credential in the window' : workspace.name,
    ],
  ];
  if (workspace !== null) facts.push(['Relying party', `${workspace.rpId}, ${workspace.origins.join(', ')}`]);
  return facts.map(([name, value]) => `${`${name}:`.padEnd(15)}${value}`).join('\n');
}
