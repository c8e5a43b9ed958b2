import {
  type OperationStatus,
  type ProcedureInput,
  type ProcedureName,
  type ProcedureOutput,
  procedures,
} from '../../../shared/contract/index.ts';
import { KeywrightError } from '../../../shared/errors/index.ts';
import type { Caller, Core } from '../../app/index.ts';
import { newId, readEnvironment } from '../../platform/index.ts';

/** The person at the terminal as a client of the core, with the same rights as a window: none before sign-in. */
export type Operator = {
  /** Calls a procedure. @throws KeywrightError with which the core answers */
  call<N extends ProcedureName>(name: N, input: ProcedureInput<N>): Promise<ProcedureOutput<N>>;
  /** Follows the operations that this operator starts. */
  onStatus(listener: (status: OperationStatus) => void): () => void;
  close(): Promise<void>;
};

/**
 * Opens the core on the data folder.
 * @throws KeywrightError `store.*`; `store.locked` while a window or browser has it open
 */
export async function openOperator(): Promise<Operator> {
  const { dataFolder, logLevel, simulators } = readEnvironment();
  const { createCore } = await import('../../app/index.ts');
  const core: Core = await createCore({ dataFolder, host: 'cli', logLevel, simulators });
  const caller: Caller = { clientId: newId(), host: 'cli', origin: null };
  return {
    async call(name, input) {
      const reply = await core.call(caller, name, input);
      if (!reply.ok) throw KeywrightError.fromBody(reply.error);
      return parseOutput(name, reply.value);
    },
    onStatus: (listener) =>
      core.subscribe((event) => {
        if (event.clientId === caller.clientId && event.event === 'operation.status') listener(event.payload);
      }),
    close: () => core.close(),
  };
}

/** Opens the core, does the work and closes it, whatever happens. */
export async function withOperator<T>(work: (operator: Operator) => Promise<T>): Promise<T> {
  const operator = await openOperator();
  try {
    return await work(operator);
  } finally {
    await operator.close();
  }
}

/** The same table, seen so that a name keeps its output. */
const outputs: { readonly [N in ProcedureName]: { output: { parse(value: unknown): ProcedureOutput<N> } } } =
  procedures;

function parseOutput<N extends ProcedureName>(name: N, value: unknown): ProcedureOutput<N> {
  return outputs[name].output.parse(value);
}
