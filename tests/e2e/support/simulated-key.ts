import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Persona } from '../../support/keys/test-key.ts';

const tests = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAM = join(tests, 'support/udp-key.ts');
const STRICT_PROGRAM = join(tests, 'e2e/support/strict-key.ts');

export type KeyOptions = {
  persona?: Persona;
  /** Touched by itself, or by {@link SimulatedKey.touch} and {@link SimulatedKey.finger}. */
  touch?: 'auto' | 'stdin';
  /** With rules of its own for PINs, see strict-key.ts; such a one is always in, and touches itself. */
  strict?: 'refuses' | 'mustChange';
  /** Left out at first. */
  out?: boolean;
};

async function freePorts(count: number): Promise<number[]> {
  const sockets = Array.from({ length: count }, () => createSocket('udp4'));
  const ports = [];
  for (const socket of sockets) {
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    ports.push(socket.address().port);
  }
  await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))));
  return ports;
}

/** A security key that a program of its own plays over UDP: somebody's hand on it is the test's. */
export class SimulatedKey {
  /** Where it is reached, as `KEYWRIGHT_CTAP_UDP` names it. */
  readonly addresses: string;
  /** As Keywright shows it. */
  readonly name: string;
  readonly ports: { listen: number; answer: number };
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  #told: () => void = () => {};

  private constructor(child: ChildProcess, ports: { listen: number; answer: number }) {
    this.#child = child;
    this.ports = ports;
    this.addresses = `127.0.0.1:${ports.listen},127.0.0.1:${ports.answer}`;
    this.name = `Simulated security key at 127.0.0.1:${ports.listen}`;
    if (child.stdout === null) throw new Error('no output to read');
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.#lines.push(line);
      this.#told();
    });
    child.once('exit', () => this.#told());
  }

  static async start(options: KeyOptions = {}): Promise<SimulatedKey> {
    const { persona = 'standard', touch = 'auto', strict, out = false } = options;
    const [listen = 0, answer = 0] = await freePorts(2);
    const behaviour =
      strict === undefined
        ? [PROGRAM, '--persona', persona, '--touch', touch]
        : [STRICT_PROGRAM, ...(strict === 'mustChange' ? ['--must-change'] : [])];
    const addresses = ['--listen', `127.0.0.1:${listen}`, '--answer', `127.0.0.1:${answer}`];
    const child = spawn(process.execPath, [...behaviour, ...addresses], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const key = new SimulatedKey(child, { listen, answer });
    await key.#hears(/^ready /);
    if (out) await key.unplug();
    return key;
  }

  plug(): Promise<void> {
    return this.#order('plug');
  }

  unplug(): Promise<void> {
    return this.#order('unplug');
  }

  /** Pulls it out, and puts it in again once Keywright has seen that it is gone. */
  async replug(seen: () => Promise<void>): Promise<void> {
    await this.unplug();
    await seen();
    await this.plug();
  }

  /** Touches it as soon as it waits for a touch. */
  async touch(): Promise<void> {
    await this.waits('touch');
    await this.#order('touch');
  }

  /** Lays a finger on it as soon as it waits for one. */
  async finger(result: 'ok' | 'bad'): Promise<void> {
    await this.waits('finger');
    await this.#order(`finger ${result}`);
  }

  /** Resolves when it begins to wait, or has begun since the last order. */
  waits(what: 'touch' | 'finger'): Promise<void> {
    return this.#hears(new RegExp(`^waiting ${what}$`));
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.stdin?.end();
    await gone;
  }

  async #order(line: string): Promise<void> {
    this.#child.stdin?.write(`${line}\n`);
    await this.#hears(new RegExp(`^done ${line}$`));
  }

  /** Takes a line like this, which it has said or will say. */
  async #hears(wanted: RegExp): Promise<void> {
    for (;;) {
      const at = this.#lines.findIndex((line) => wanted.test(line));
      if (at >= 0) {
        this.#lines.splice(at, 1);
        return;
      }
      const exit = this.#child.exitCode;
      if (exit !== null) throw new Error(`The key ended with ${exit} before it said ${wanted}.`);
      await new Promise<void>((resolve) => {
        this.#told = resolve;
      });
    }
  }
}
