import { spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { readJson } from '../setup/install-state.mjs';
import { electronBinary, readText } from '../setup/runtime.mjs';

/** How long the first start waits for the download, ms. A retry that was asked for has more patience. */
const PATIENCE = 2 * 60_000;
const MORE_PATIENCE = 15 * 60_000;

/** Either the Electron program, or one sentence why there is none. */
export type Runtime = { program: string } | { why: string };

/**
 * Finds the Electron runtime, or lets Electron's own install script fetch it, once: a failure is remembered
 * until another version is installed or a retry is asked for.
 * @param root the project's folder
 */
export async function findRuntime(root: string, options: { retry: boolean }): Promise<Runtime> {
  const found = electronBinary(root, process.env, process.platform);
  if (found !== undefined) return { program: found };
  if (process.env.ELECTRON_OVERRIDE_DIST_PATH) {
    return { why: `There is no Electron in ${process.env.ELECTRON_OVERRIDE_DIST_PATH}` };
  }
  const require = createRequire(join(root, 'package.json'));
  const script = require.resolve('electron/install.js');
  const version = versionOf(require.resolve('electron/package.json'));
  const memory = join(root, 'node_modules', '.keywright-electron.json');
  const again = 'to try again: npm start -- --retry-electron';
  const remembered = readJson(readText(memory));
  if (!options.retry && remembered?.version === version) {
    return { why: `The Electron runtime could not be fetched before (${String(remembered.why)}; ${again})` };
  }
  console.error('Fetching the Electron runtime, about 110 MB. This happens once.');
  const why = await runInstall(script, options.retry ? MORE_PATIENCE : PATIENCE);
  const program = electronBinary(root, process.env, process.platform);
  if (program !== undefined) {
    rmSync(memory, { force: true });
    return { program };
  }
  writeFileSync(memory, `${JSON.stringify({ version, why })}\n`);
  return { why: `The Electron runtime could not be fetched (${why}; ${again})` };
}

function versionOf(manifest: string): string {
  const parsed: unknown = JSON.parse(readFileSync(manifest, 'utf8'));
  if (typeof parsed === 'object' && parsed !== null && 'version' in parsed) return String(parsed.version);
  throw new Error(`${manifest} names no version.`);
}

/** Runs the install script; gives the reason in case it fails. */
function runInstall(script: string, patience: number): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script], {
      stdio: ['ignore', 'inherit', 'pipe'],
      timeout: patience,
    });
    let output = '';
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => {
      if (signal !== null) resolve(`it took longer than ${patience / 60_000} minutes`);
      else if (code === 0) resolve('nothing was installed');
      else resolve(firstReason(output));
    });
  });
}

/** The line that names the deepest cause, without the class of the error. */
function firstReason(output: string): string {
  const lines = output.split('\n').filter((line) => /Error:/.test(line));
  const line = lines.find((candidate) => candidate.includes('[cause]')) ?? lines[0] ?? 'no reason given';
  return line.replace(/^.*?Error:\s*/, '').replace(/[\s{]+$/, '');
}
