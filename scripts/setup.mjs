// Makes a clone ready to run, then hands over to Node 24: `node scripts/setup.mjs [--for-tests] [-- script args]`.
// Uses nothing but Node itself and runs on Node 20, so that it can be the first thing ever started.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { explainNpmFailure, installState, readJson, stampText } from './setup/install-state.mjs';
import { electronBinary, nodeBinary, readText } from './setup/runtime.mjs';
import { installCommand, isDebianLike, missingThings } from './setup/system-packages.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const stampFile = join(root, 'node_modules', '.keywright-setup.json');
const DAY = 24 * 60 * 60 * 1000;

class SetupFailure extends Error {}

async function installPackages() {
  const lock = readText(join(root, 'package-lock.json'));
  if (lock === undefined) throw new SetupFailure('package-lock.json is missing: this clone is not complete.');
  const installed = readText(join(root, 'node_modules', '.package-lock.json'));
  const state = installState({ lock, stamp: readText(stampFile), installed });
  if (state === 'install') {
    say('Installing the packages. This happens once and after every update.');
    await npmCi();
  }
  if (!existsSync(nodeBinary(root, process.platform))) {
    throw new SetupFailure(
      'Node 24 was not installed with the packages: the install script of the package `node` did not run. Run `npm ci --ignore-scripts=false`.',
    );
  }
  if (state !== 'ready') writeFileSync(stampFile, stampText(lock));
}

function npmCi() {
  const args = ['ci', '--no-fund', '--no-audit', '--loglevel=error'];
  const cli = process.env.npm_execpath;
  const [program, first] = cli?.endsWith('.js') ? [process.execPath, [cli]] : ['npm', []];
  return new Promise((done, failed) => {
    const npm = spawn(program, [...first, ...args], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'pipe'],
      // npm is a batch file there, which only a shell can start.
      shell: program === 'npm' && process.platform === 'win32',
    });
    let output = '';
    npm.stderr.on('data', (chunk) => {
      process.stderr.write(chunk);
      output += chunk;
    });
    npm.on('error', (error) =>
      failed(
        new SetupFailure(
          error.code === 'ENOENT'
            ? 'npm was not found. Install Node.js 20 or newer together with npm, then run the command again.'
            : `npm could not be started: ${error.message}`,
        ),
      ),
    );
    npm.on('close', (code) => (code === 0 ? done() : failed(new SetupFailure(explainNpmFailure(output)))));
  });
}

function findMissing(tests) {
  return missingThings({
    platform: process.platform,
    arch: process.arch,
    env: process.env,
    exists: existsSync,
    tests,
    electron: electronBinary(root, process.env, process.platform) !== undefined,
  });
}

function installSystemPackages(tests) {
  let missing = findMissing(tests);
  const wanted = missing.filter((thing) => thing.name !== null);
  const asRoot = process.getuid?.() === 0;
  const debian = isDebianLike(readText('/etc/os-release') ?? '');
  if (wanted.length > 0 && asRoot && debian && (tests || !triedLately(wanted))) {
    say(`Installing ${wanted.map((thing) => thing.name).join(', ')} with apt-get.`);
    apt(['update']);
    // One by one: a package that cannot be had must not keep the others from being installed.
    for (const { name } of wanted) apt(['install', '-y', '--no-install-recommends', packageName(name)]);
    missing = findMissing(tests);
    rememberTry(missing);
  }
  for (const { what, purpose, name } of missing) {
    const how = debian ? `Install it with: ${installCommand([name], asRoot)}` : `Debian calls it ${name}.`;
    say(`Note: ${what} is missing, so ${purpose} will not work.${name === null ? '' : ` ${how}`}`);
  }
}

// Since 2024 some libraries carry the suffix t64, and their old name has no candidate of its own.
function packageName(name) {
  const known = (candidate) =>
    spawnSync('apt-cache', ['show', candidate], { stdio: 'ignore', timeout: 30_000 }).status === 0;
  return !known(name) && known(`${name}t64`) ? `${name}t64` : name;
}

function apt(args) {
  const limits = [
    '-o',
    'Acquire::http::Timeout=20',
    '-o',
    'Acquire::Retries=2',
    '-o',
    'DPkg::Lock::Timeout=120',
  ];
  const result = spawnSync('apt-get', ['-qq', ...limits, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (result.status === 0) return;
  const reason = result.error?.message ?? result.stderr.trim().split('\n').at(-1) ?? '';
  say(`Note: apt-get ${args[0]} did not work: ${reason}`);
}

// Without a network every start would wait for apt-get again.
function triedLately(missing) {
  const tried = readJson(readText(stampFile))?.tried;
  const names = missing.map((thing) => thing.name).join(' ');
  return tried?.names === names && Date.now() - tried.at < DAY;
}

function rememberTry(missing) {
  const lock = readText(join(root, 'package-lock.json')) ?? '';
  const tried = { names: missing.map((thing) => thing.name).join(' '), at: Date.now() };
  writeFileSync(stampFile, stampText(lock, missing.length === 0 ? {} : { tried }));
}

function handOver(args) {
  const child = spawn(nodeBinary(root, process.platform), args, {
    cwd: process.cwd(),
    stdio: 'inherit',
    env: { ...process.env, PATH: searchPath() },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    // A terminal has already sent Ctrl+C to the whole group; a second one would mean "at once".
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('error', (error) => fail(`Node 24 could not be started: ${error.message}`));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}

// Programs that the scripts start by `#!/usr/bin/env node` must find Node 24 too.
function searchPath() {
  const bin = join(root, 'node_modules', '.bin');
  const separator = process.platform === 'win32' ? ';' : ':';
  return [bin, ...(process.env.PATH ?? '').split(separator).filter((folder) => folder !== bin)].join(
    separator,
  );
}

function say(sentence) {
  process.stderr.write(`${sentence}\n`);
}

function fail(sentence) {
  say(sentence);
  process.exitCode = 1;
}

const separatorAt = process.argv.indexOf('--');
const own = process.argv.slice(2, separatorAt === -1 ? undefined : separatorAt);
const rest = separatorAt === -1 ? [] : process.argv.slice(separatorAt + 1);
const unknown = own.find((argument) => argument !== '--for-tests');

if (unknown !== undefined) {
  fail(
    `scripts/setup.mjs does not know ${unknown}. Usage: node scripts/setup.mjs [--for-tests] [-- script args]`,
  );
} else if (Number.parseInt(process.versions.node, 10) < 20) {
  fail(`Keywright needs Node 20 or newer to set itself up; this is Node ${process.versions.node}.`);
} else {
  try {
    await installPackages();
    installSystemPackages(own.includes('--for-tests'));
    if (rest.length > 0) handOver(rest);
  } catch (error) {
    if (!(error instanceof SetupFailure)) throw error;
    fail(error.message);
  }
}
