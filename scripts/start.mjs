// Opens Keywright: in a window where Electron can be had, else in the browser. `--web` asks for the browser.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from './build/build.ts';
import { findRuntime } from './start/fetch-electron.ts';
import { openWindow, whyNoWindow } from './start/open-window.ts';

const USAGE = `Usage: npm start -- [options]
  --web              open in the browser instead of a window
  --port NUMBER      in the browser: use this port
  --no-open          in the browser: print the address only
  --retry-electron   try again to fetch the Electron runtime`;

const root = resolve(import.meta.dirname, '..');

function readArguments() {
  try {
    return parseArgs({
      options: {
        web: { type: 'boolean', default: false },
        port: { type: 'string' },
        'no-open': { type: 'boolean', default: false },
        'retry-electron': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    process.exit(2);
  }
}

async function openInBrowser(wanted) {
  const args = [
    ...(wanted.port === undefined ? [] : ['--port', wanted.port]),
    ...(wanted['no-open'] ? ['--no-open'] : []),
  ];
  process.argv.splice(2, process.argv.length, ...args);
  await import('../dist/main/web.js');
}

async function open(wanted) {
  if (wanted.web) return openInBrowser(wanted);
  const noWindow = whyNoWindow(process.env, process.platform);
  const runtime =
    noWindow === undefined ? await findRuntime(root, { retry: wanted['retry-electron'] }) : { why: noWindow };
  const ended = 'program' in runtime ? await openWindow(runtime.program, root) : runtime;
  if ('code' in ended) {
    process.exitCode = ended.code;
    return;
  }
  console.error(`${ended.why}, so Keywright opens in your browser.`);
  await openInBrowser(wanted);
}

const wanted = readArguments();
if (wanted.help) {
  console.log(USAGE);
} else {
  await build({ all: false });
  await open(wanted);
}
