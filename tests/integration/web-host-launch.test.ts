import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openInBrowser } from '../../main/hosts/web/browser.ts';
import { launchFileIn, removeStaleLaunchFiles } from '../../main/hosts/web/launch-file.ts';
import { createLaunchTokens, LAUNCH_TOKEN_LIFETIME } from '../../main/hosts/web/launch-tokens.ts';
import { steadyClock } from '../../main/platform/index.ts';
import { TestClock } from '../support/core.ts';
import { tempFolder } from '../support/temp.ts';
import { Browser, openHost } from './web-host-browser.ts';

const HOUR = 60 * 60 * 1000;

describe('a launch token', () => {
  // Ten minutes are too long to wait for.
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('ends in time although the clock of the computer was set back', () => {
    const clock = new TestClock();
    const tokens = createLaunchTokens(clock);
    const [early, late] = [tokens.issue(), tokens.issue()];
    clock.time -= HOUR;
    vi.advanceTimersByTime(LAUNCH_TOKEN_LIFETIME - 1);
    expect(tokens.redeem(early)).toBe(true);
    vi.advanceTimersByTime(1);
    expect(tokens.redeem(late)).toBe(false);
  });

  it('ends in time by the steady clock alone', () => {
    let wall = 1_790_000_000_000;
    let monotonic = 5000;
    const tokens = createLaunchTokens(
      steadyClock(
        () => wall,
        () => monotonic,
      ),
    );
    const token = tokens.issue();
    wall -= HOUR;
    monotonic += LAUNCH_TOKEN_LIFETIME;
    expect(tokens.redeem(token)).toBe(false);
  });

  it('ends when the computer has slept through its time', () => {
    const clock = new TestClock();
    const tokens = createLaunchTokens(clock);
    const token = tokens.issue();
    clock.time += LAUNCH_TOKEN_LIFETIME;
    expect(tokens.redeem(token)).toBe(false);
  });

  it('tells once that it is spent: redeemed, expired, one of too many, or closed', () => {
    const spent: string[] = [];
    const tokens = createLaunchTokens(new TestClock());
    const redeemed = tokens.issue(() => spent.push('redeemed'));
    expect(tokens.redeem(redeemed)).toBe(true);
    expect(tokens.redeem(redeemed)).toBe(false);
    expect(spent).toEqual(['redeemed']);
    tokens.issue(() => spent.push('expired'));
    vi.advanceTimersByTime(LAUNCH_TOKEN_LIFETIME);
    expect(spent).toEqual(['redeemed', 'expired']);
    tokens.issue(() => spent.push('gave way'));
    const last = Array.from({ length: 16 }, () => tokens.issue()).at(-1);
    tokens.issue(() => spent.push('closed'));
    expect(spent).toEqual(['redeemed', 'expired', 'gave way']);
    tokens.close();
    vi.advanceTimersByTime(LAUNCH_TOKEN_LIFETIME);
    expect(spent).toEqual(['redeemed', 'expired', 'gave way', 'closed']);
    expect(tokens.redeem(last ?? '')).toBe(false);
  });
});

describe('the launch file', () => {
  it('is for its owner alone, has a name that cannot be guessed, and is no way around a link', () => {
    const folder = tempFolder();
    const [file, other] = [launchFileIn(folder), launchFileIn(folder)];
    file.write('http://localhost:1/launch?token=secret');
    expect(other.path).not.toBe(file.path);
    expect(file.path).not.toContain('secret');
    expect(readFileSync(file.path, 'utf8')).toContain('0;url=http://localhost:1/launch?token=secret"');
    if (process.platform !== 'win32') expect(statSync(file.path).mode & 0o777).toBe(0o600);
    // What somebody has put in its place is not written to.
    expect(() => file.write('http://localhost:1/')).toThrow('EEXIST');
  });

  it('is gone once its link has been used, and when the host stops', async () => {
    const { host } = await openHost();
    const folder = tempFolder();
    const [used, unused] = [launchFileIn(folder), launchFileIn(folder)];
    const url = host.url(used.remove);
    used.write(url);
    unused.write(host.url(unused.remove));
    await new Browser(host).launch(url);
    expect(existsSync(used.path)).toBe(false);
    expect(existsSync(unused.path)).toBe(true);
    await host.close();
    expect(existsSync(unused.path)).toBe(false);
  });

  it('is deleted by the next start where a crash has left it, and nothing else is', () => {
    const folder = tempFolder();
    const file = launchFileIn(folder);
    file.write('http://localhost:1/launch?token=old');
    const others = ['launch.html', 'launch-notes.html', 'keywright.db', `${'x'.repeat(29)}.html`].sort();
    for (const name of others) writeFileSync(join(folder, name), '');
    removeStaleLaunchFiles(folder);
    expect(readdirSync(folder).sort()).toEqual(others);
  });

  it('is all that the browser is started with', async ({ skip }) => {
    const chooses = process.platform === 'linux' && process.env.WSL_DISTRO_NAME === undefined;
    skip(!chooses, 'this system does not let a test choose the browser');
    const folder = tempFolder();
    mkdirSync(join(folder, 'bin'));
    const browser = join(folder, 'bin/browser');
    const started = join(folder, 'started');
    writeFileSync(browser, `#!/bin/sh\nprintf '%s\\n' "$@" > ${started}.new\nmv ${started}.new ${started}\n`);
    chmodSync(browser, 0o755);
    const file = launchFileIn(folder);
    // xdg-open asks a desktop for its browser; without a desktop, it takes the one named here.
    const desktop = /^(DISPLAY|WAYLAND_DISPLAY|DBUS_SESSION_BUS_ADDRESS)$|DESKTOP|KDE_/;
    for (const name of Object.keys(process.env)) if (desktop.test(name)) vi.stubEnv(name, undefined);
    vi.stubEnv('BROWSER', browser);
    await openInBrowser('http://localhost:1/launch?token=secret', file).finally(() => vi.unstubAllEnvs());
    await vi.waitFor(() => expect(existsSync(started)).toBe(true), { timeout: 10_000 });
    const given = readFileSync(started, 'utf8').trim();
    expect(given.replace(/^file:\/\//, '')).toBe(file.path);
    expect(readFileSync(file.path, 'utf8')).toContain('token=secret');
  });
});
