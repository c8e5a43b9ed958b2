import assert from 'node:assert/strict';
import nodeTest, { type TestContext } from 'node:test';
import type { Authenticator } from '../../../main/authenticators/index.ts';
import { LinuxHidraw } from '../../../main/authenticators/usb/linux-hidraw.ts';
import { createSecurityKeys } from '../../../main/authenticators/usb/security-keys.ts';
import type { SecurityKeyDevice, SecurityKeys } from '../../../main/authenticators/usb/types.ts';
import { KeywrightError } from '../../../shared/errors/index.ts';

/** So that what hangs has a name, ms; far more than anything takes, even on a computer that is busy. */
const LIMIT = 70_000;
/** What must be seen within a second may take so long where the processor is emulated, ms. */
const SEEN_LIMIT = 3000;

/** A test of `node:test` that ends in time. */
export function test(name: string, run: (t: TestContext) => Promise<void>): void {
  // The runner reports what it came to.
  void nodeTest(name, { timeout: LIMIT }, run);
}

/** The driver, as the application uses it. A test fails where a look for keys did. */
export function usbKeys(t: TestContext): SecurityKeys {
  const problems: unknown[] = [];
  t.after(() => assert.deepEqual(problems, []));
  return createSecurityKeys({ onProblem: (problem) => problems.push(problem) });
}

/** Follows the keys until the test ends; `until` resolves with the first list that fits. */
export function follow(t: TestContext, keys: SecurityKeys) {
  const told: SecurityKeyDevice[][] = [];
  const waiting = new Set<() => void>();
  const stop = keys.watch((devices) => {
    told.push(devices);
    for (const check of [...waiting]) check();
  });
  t.after(stop);
  const until = (fits: (devices: SecurityKeyDevice[]) => boolean): Promise<SecurityKeyDevice[]> =>
    new Promise((resolve) => {
      const check = () => {
        const last = told.at(-1);
        if (last === undefined || !fits(last)) return;
        waiting.delete(check);
        resolve(last);
      };
      waiting.add(check);
      check();
    });
  return { told, until };
}

/** Waits for what must be seen within a second, and prints how long it took. */
export async function seen<T>(t: TestContext, what: string, start: number, wait: Promise<T>): Promise<T> {
  const value = await wait;
  const took = performance.now() - start;
  t.diagnostic(`${what} after ${Math.round(took)} ms`);
  assert.ok(took < SEEN_LIMIT, `${what} only after ${Math.round(took)} ms`);
  return value;
}

/** The one key that is plugged in. */
export async function only(keys: SecurityKeys): Promise<SecurityKeyDevice> {
  const [device, ...others] = await keys.list();
  assert.ok(device !== undefined && others.length === 0, 'exactly one key');
  return device;
}

/** Opens the one key that is plugged in; closed when the test ends. */
export async function openOnly(t: TestContext, keys: SecurityKeys): Promise<Authenticator> {
  const authenticator = await keys.open((await only(keys)).id);
  t.after(() => authenticator.close());
  return authenticator;
}

/** The node in /dev of the one key that is plugged in. */
export async function onlyNode(): Promise<string> {
  const [node, ...others] = await new LinuxHidraw().find();
  assert.ok(node !== undefined && others.length === 0, 'exactly one node');
  return node.path;
}

/** For `assert.rejects`: an error of ours with this code. */
export function code(expected: string): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof KeywrightError, String(error));
    assert.equal(error.code, expected);
    return true;
  };
}
