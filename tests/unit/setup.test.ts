import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { explainNpmFailure, installState, readJson, stampText } from '../../scripts/setup/install-state.mjs';
import {
  findChromium,
  installCommand,
  isDebianLike,
  missingThings,
} from '../../scripts/setup/system-packages.mjs';

const lock = JSON.stringify({
  packages: {
    '': { name: 'keywright', version: '1.0.0' },
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/for-another-system': { version: '2.0.0', integrity: 'sha512-o', optional: true },
  },
});
const installed = JSON.stringify({
  packages: { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' } },
});

describe('what npm has installed', () => {
  it('is enough where the last set-up saw exactly this lock file', () => {
    expect(installState({ lock, stamp: stampText(lock), installed })).toBe('ready');
    expect(readJson(stampText(lock, { tried: 1 }))).toMatchObject({ tried: 1 });
  });

  it('is taken over where npm installed the same without us', () => {
    expect(installState({ lock, stamp: undefined, installed })).toBe('adopt');
    expect(installState({ lock, stamp: stampText('an older lock file'), installed })).toBe('adopt');
  });

  it.each([
    ['is missing', undefined],
    ['is half written', installed.slice(0, -9)],
    ['lacks a package', JSON.stringify({ packages: {} })],
    ['has another version', installed.replace('1.0.0', '1.0.1')],
    ['has other content', installed.replace('sha512-a', 'sha512-b')],
  ])('is installed anew where it %s', (_, found) => {
    expect(installState({ lock, stamp: undefined, installed: found })).toBe('install');
  });

  it('is installed anew where node_modules was deleted, whatever the stamp says', () => {
    expect(installState({ lock, stamp: stampText(lock), installed: undefined })).toBe('install');
  });

  it('fits the real lock file of this project', () => {
    const real = readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8');
    const found = readFileSync(new URL('../../node_modules/.package-lock.json', import.meta.url), 'utf8');
    expect(installState({ lock: real, stamp: undefined, installed: found })).toBe('adopt');
  });
});

describe('a failure of npm', () => {
  it.each([
    ['npm error code ENOTFOUND', 'network connection'],
    ['npm error network request failed', 'network connection'],
    ['npm error code ENOSPC', 'disk is full'],
    ['npm error code EACCES', 'write access'],
    ['npm error code EUSAGE', 'npm ci'],
  ])('%j is told with the next step', (output, step) => {
    expect(explainNpmFailure(output)).toContain(step);
  });
});

describe('what the system lacks', () => {
  const machine = { platform: 'linux', arch: 'x64', env: {}, tests: false, electron: false };
  const names = (found: ReturnType<typeof missingThings>) => found.map((thing) => thing.name);
  const none = () => false;

  it('is only what this start needs', () => {
    expect(names(missingThings({ ...machine, exists: none }))).toEqual(['libusb-1.0-0']);
    expect(names(missingThings({ ...machine, exists: none, tests: true }))).toEqual([
      'libusb-1.0-0',
      'chromium',
      'python3-fido2',
    ]);
    const withElectron = names(missingThings({ ...machine, exists: none, electron: true }));
    expect(withElectron).toContain('libgtk-3-0');
    expect(withElectron).not.toContain('chromium');
  });

  it('is nothing where all is there', () => {
    expect(missingThings({ ...machine, exists: () => true, tests: true, electron: true })).toEqual([]);
  });

  it.each([
    ['x64', '/usr/lib/x86_64-linux-gnu/libusb-1.0.so.0'],
    ['arm64', '/usr/lib/aarch64-linux-gnu/libusb-1.0.so.0'],
    ['x64', '/usr/lib64/libusb-1.0.so.0'],
    ['riscv64', '/usr/lib/libusb-1.0.so.0'],
  ])('is looked for where %s has its libraries: %s', (arch, place) => {
    expect(missingThings({ ...machine, arch, exists: (path) => path === place })).toEqual([]);
  });

  it('does not hold work up for what is optional', () => {
    const found = missingThings({ ...machine, exists: none, tests: true });
    expect(found.filter((thing) => thing.optional).map((thing) => thing.name)).toEqual(['python3-fido2']);
  });

  it('is not to be installed where a browser was chosen that is not there', () => {
    const env = { KEYWRIGHT_CHROMIUM: '/opt/gone' };
    const exists = (path: string) => path !== '/opt/gone';
    const [thing, ...others] = missingThings({ ...machine, env, exists, tests: true });
    expect(thing).toMatchObject({ name: null, what: '/opt/gone (KEYWRIGHT_CHROMIUM)' });
    expect(others).toEqual([]);
  });

  it('has no Linux libraries on other systems', () => {
    expect(missingThings({ ...machine, platform: 'darwin', exists: none })).toEqual([]);
  });
});

describe('the browser for the tests', () => {
  const all = () => true;

  it('is the one that is named, and no other in its place', () => {
    const env = { KEYWRIGHT_CHROMIUM: '/opt/my/chrome' };
    expect(findChromium(env, 'linux', all)).toBe('/opt/my/chrome');
    expect(findChromium(env, 'linux', (path) => path === '/usr/bin/chromium')).toBeUndefined();
  });

  it('is else the first that is found', () => {
    expect(findChromium({}, 'linux', all)).toBe('/usr/bin/chromium');
    expect(findChromium({}, 'linux', (path) => path.endsWith('google-chrome'))).toBe(
      '/usr/bin/google-chrome',
    );
    expect(findChromium({}, 'plan9', all)).toBeUndefined();
  });
});

describe('the kind of system', () => {
  it.each([
    ['ID=debian\n', true],
    ['NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n', true],
    ['ID=linuxmint\nID_LIKE="ubuntu debian"\n', true],
    ['ID=fedora\n', false],
    ['NAME="not debian"\nID=arch\n', false],
    ['', false],
  ])('is read from %j', (text, expected) => {
    expect(isDebianLike(text)).toBe(expected);
  });

  it('decides how a package is to be installed', () => {
    expect(installCommand(['a', 'b'], false)).toBe('sudo apt-get install -y --no-install-recommends a b');
    expect(installCommand(['a'], true)).toBe('apt-get install -y --no-install-recommends a');
  });
});
