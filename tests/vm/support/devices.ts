import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, type TestContext } from 'node:test';
import { Answer, type Behaves, type Order } from './orders.ts';

/** A device that another program plays. */
export type PlayedDevice = { plugIn(): Promise<void>; pullOut(): Promise<void> };
/** A key that another program plays. */
export type Key = PlayedDevice & {
  /** A finger on the key, the right one; it counts only while the key waits for it. */
  touch(): Promise<void>;
  /** Resolves when the key waits for a touch. */
  waiting(): Promise<void>;
  /** Sends so many packets, numbered from 0 at byte 5, two every 5 ms. */
  send(packets: number): Promise<void>;
};
export type KeyOptions = { name?: string; serial?: string; behaves?: Behaves };

type Without<T> = T extends unknown ? Omit<T, 'device'> : never;

/** The other side of `player.ts`. */
export class Player {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  #numbers = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message: unknown) => {
      const { number, error } = Answer.parse(message);
      const waiting = this.#waiting.get(number);
      this.#waiting.delete(number);
      if (error === null) waiting?.resolve();
      else waiting?.reject(new Error(error));
    });
    child.on('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('The devices are gone.'));
    });
  }

  static async start(): Promise<Player> {
    // Every device reads /dev/uhid in a thread, where it waits for ever.
    const env = { ...process.env, UV_THREADPOOL_SIZE: '64' };
    const child = fork(join(import.meta.dirname, 'player.ts'), [], { env });
    await once(child, 'message');
    return new Player(child);
  }

  /** Makes a key that is not plugged in. */
  async key(options: KeyOptions = {}): Promise<Key> {
    const { name = 'Acme Test Key', serial = '0042', behaves = 'software' } = options;
    const tell = await this.#make({ kind: 'key', behaves, name, serial });
    return {
      plugIn: () => tell({ order: 'plugIn' }),
      pullOut: () => tell({ order: 'pullOut' }),
      touch: () => tell({ order: 'touch' }),
      waiting: () => tell({ order: 'waiting' }),
      send: (packets) => tell({ order: 'send', packets }),
    };
  }

  /** Makes a mouse that is not plugged in. */
  async mouse(): Promise<PlayedDevice> {
    const tell = await this.#make({ kind: 'mouse', behaves: 'software', name: 'Acme Mouse', serial: '' });
    return { plugIn: () => tell({ order: 'plugIn' }), pullOut: () => tell({ order: 'pullOut' }) };
  }

  /** Ends the program; the kernel takes its devices away. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async #make(what: Without<Omit<Extract<Order, { order: 'make' }>, 'order'>>) {
    this.#numbers += 1;
    const device = this.#numbers;
    const tell = (order: Without<Order>): Promise<void> => this.#tell({ ...order, device });
    await tell({ order: 'make', ...what });
    return tell;
  }

  #tell(order: Order): Promise<void> {
    this.#numbers += 1;
    const number = this.#numbers;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      this.#child.send({ number, order });
    });
  }
}

let shared: Promise<Player> | null = null;

function sharedPlayer(): Promise<Player> {
  shared ??= Player.start();
  return shared;
}

// The runner waits for what keeps the program running.
after(async () => (await shared)?.kill());

/** A key that is not plugged in; pulled out when the test ends. */
export async function newKey(t: TestContext, options?: KeyOptions): Promise<Key> {
  const key = await (await sharedPlayer()).key(options);
  t.after(() => key.pullOut());
  return key;
}

/** A key that is plugged in, until the test ends. */
export async function pluggedKey(t: TestContext, options?: KeyOptions): Promise<Key> {
  const key = await newKey(t, options);
  await key.plugIn();
  return key;
}

/** A mouse that is plugged in, until the test ends. */
export async function pluggedMouse(t: TestContext): Promise<void> {
  const mouse = await (await sharedPlayer()).mouse();
  t.after(() => mouse.pullOut());
  await mouse.plugIn();
}
