import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createCore } from '../../../main/app/index.ts';
import { startWebHost } from '../../../main/hosts/web/index.ts';
import { readEnvironment } from '../../../main/platform/index.ts';

/** The web host as it is, with one part replaced: the clock, which the test moves over the process channel. */
const dist = fileURLToPath(new URL('../../../dist', import.meta.url));
let offset = 0;
const clock = { now: () => Date.now() + offset };
const { dataFolder } = readEnvironment();
const core = await createCore({ dataFolder, host: 'web', clock });
const host = await startWebHost({
  core,
  rendererFolder: join(dist, 'renderer'),
  preloadFile: join(dist, 'preload/web.js'),
});
process.on('message', (message) => {
  if (typeof message !== 'object' || message === null || !('advance' in message)) return;
  offset += Number(message.advance);
  process.send?.({ done: true });
});
process.on('SIGTERM', async () => {
  await host.close();
  await core.close();
  process.exit(0);
});
console.log(`Keywright is open at ${host.url()}`);
