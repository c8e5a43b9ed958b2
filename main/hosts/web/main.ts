import { parseArgs } from 'node:util';
import { KeywrightError } from '../../../shared/errors/index.ts';
import { readEnvironment } from '../../platform/environment.ts';
import { EXIT, exitCode } from '../common/exit-codes.ts';
import { explain } from '../common/explain.ts';
import { requireNode } from '../common/node-version.ts';
import { findPlaces } from '../common/places.ts';
import { hasDesktop, openInBrowser } from './browser.ts';
import { startWebHost } from './index.ts';
import { launchFileIn, removeStaleLaunchFiles } from './launch-file.ts';

/** How long a stop may take before a second Ctrl+C ends the process at once, ms. */
const PATIENCE = 2000;

function readArguments(): { port: number; open: boolean } {
  try {
    const { values } = parseArgs({
      options: { port: { type: 'string', default: '0' }, 'no-open': { type: 'boolean', default: false } },
    });
    const port = Number(values.port);
    if (!Number.isInteger(port) || port < 0 || port > 65_535)
      throw new Error('--port takes a number up to 65535.');
    return { port, open: !values['no-open'] };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new KeywrightError('input.invalid', { message, cause });
  }
}

async function main(): Promise<void> {
  requireNode();
  const { port, open } = readArguments();
  const { dataFolder, logLevel, simulators } = readEnvironment();
  const places = findPlaces(import.meta.dirname);
  const { createCore } = await import('../../app/index.ts');
  const { udevRule } = places;
  const core = await createCore({ dataFolder, host: 'web', logLevel, simulators, udevRule });
  removeStaleLaunchFiles(dataFolder);
  const host = await startWebHost({
    core,
    rendererFolder: places.rendererFolder,
    preloadFile: places.webPreload,
    port,
    onError: (error) => console.error('A request failed:', error),
  }).catch(async (error: unknown) => {
    await core.close();
    throw error;
  });

  let stopping = 0;
  const stop = async (): Promise<void> => {
    // One Ctrl+C may arrive twice, from the terminal and from npm.
    if (stopping > 0) {
      if (Date.now() - stopping > PATIENCE) process.exit(EXIT.cancelled);
      return;
    }
    stopping = Date.now();
    await host.close();
    await core.close();
    process.exit(EXIT.ok);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop());

  const file = launchFileIn(dataFolder);
  const url = host.url(file.remove);
  console.log(`Keywright is open at ${url}`);
  if (process.stdin.isTTY) {
    console.log('Press Enter for a new link (each works once), Ctrl+C to stop.');
    process.stdin.on('data', () => console.log(`Keywright is open at ${host.url()}`));
  }
  if (open && hasDesktop()) {
    // A browser in a sandbox of its own (snap, flatpak) may not be allowed to read the file.
    console.log('It opens in your browser. If it does not, open the address above yourself.');
    await openInBrowser(url, file);
  }
}

try {
  await main();
} catch (error) {
  console.error(explain(error));
  process.exitCode = exitCode(error);
}
