import type { Credential } from '../../../shared/domain/index.ts';
import { withOperator } from './operator.ts';
import { type SignInOptions, whileSignedIn } from './sign-in.ts';
import { table, when } from './table.ts';
import { openTerminal } from './terminal.ts';

/** Options of `keywright credentials list`. */
export type ListOptions = SignInOptions & {
  json?: boolean;
  query: string;
  state: 'all' | 'active' | 'inactive';
  limit: number;
};

const KINDS = { securityKey: 'security key', platform: 'this computer', software: 'software' } as const;

/** `keywright credentials list`: signs in, prints the credentials, signs out. */
export async function printCredentials(options: ListOptions): Promise<void> {
  const { query, state, limit } = options;
  const terminal = openTerminal();
  try {
    const list = await withOperator((operator) =>
      whileSignedIn(operator, terminal, options, () =>
        operator.call('credentials.list', { query, state, limit }),
      ),
    );
    if (options.json) console.log(JSON.stringify(list, null, 2));
    else {
      console.log(table(['name', 'kind', 'model', 'state', 'created', 'last used'], list.items.map(toRow)));
      terminal.say(`${list.items.length} of ${list.total} shown; ${list.active} of ${list.all} active.`);
    }
  } finally {
    terminal.close();
  }
}

function toRow(credential: Credential): string[] {
  const { name, kind, model, state, createdAt, lastUsedAt } = credential;
  return [name, KINDS[kind], model, state, when(createdAt), when(lastUsedAt)];
}
