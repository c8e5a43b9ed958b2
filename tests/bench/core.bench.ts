import { Bench } from 'tinybench';
import { openBench, seededFolder } from './data.ts';
import { median, type Result, result } from './measure.ts';

/**
 * A whole signed action: begin, PIN, touch (answered at once), signature, verification, commit.
 * @param peer what to compare it with
 */
export async function signedAction(peer: { name: string; value: number } | null): Promise<Result> {
  const { folder, credentialId } = await seededFolder(3);
  const app = await openBench(folder);
  await app.signIn(credentialId);
  let n = 0;
  const bench = new Bench({ iterations: 100, time: 0, warmupIterations: 10, warmupTime: 0 });
  bench.add('signed action', async () => {
    n += 1;
    const request = {
      operation: 'credentials.rename',
      method: 'PUT',
      resource: `/credentials/${credentialId}/name`,
      body: { name: `Renamed ${n}` },
    } as const;
    const action = await app.call('actions.begin', { request });
    const { assertion } = await app.sign(action.challengeId, credentialId);
    await app.call('actions.commit', { actionId: action.actionId, request: action.request, assertion });
  });
  await bench.run();
  await app.close();
  const task = bench.tasks[0]?.result;
  if (task?.state !== 'completed') throw new Error('the signed action was not measured');
  return result('Signed action with the software key, touch not counted', 'ms', task.latency.p50, 30, peer);
}

/** One page of the list, with 10,000 credentials and with 100. */
export async function listInStore(): Promise<Result> {
  const times: number[] = [];
  for (const count of [100, 10_000]) {
    const { folder, credentialId } = await seededFolder(count);
    const app = await openBench(folder);
    await app.signIn(credentialId);
    const samples: number[] = [];
    for (let n = 0; n < 60; n += 1) {
      const start = performance.now();
      await app.call('credentials.list', { limit: 100 });
      samples.push(performance.now() - start);
    }
    times.push(median(samples.slice(10)));
    await app.close();
  }
  const [hundred = 0, tenThousand = 0] = times;
  return result('First page of 10,000 credentials, from the core', 'ms', tenThousand, 20, {
    name: 'the same with 100 credentials',
    value: hundred,
  });
}
