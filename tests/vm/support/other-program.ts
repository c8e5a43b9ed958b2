// Another program that uses the keys: carries out the tasks that its parent gives it, and tells what it sees.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openHidPipe } from '../../../main/authenticators/usb/hid-pipe.ts';
import { LinuxHidraw } from '../../../main/authenticators/usb/linux-hidraw.ts';
import { createSecurityKeys } from '../../../main/authenticators/usb/security-keys.ts';
import { Ctap2, HidDevice, select } from '../../../main/ctap/index.ts';
import { KeywrightError } from '../../../shared/errors/index.ts';
import { Message, type TaskName } from './tasks.ts';

/** What a task works with. */
type Task = {
  tell(word: unknown): void;
  /** Aborts when the parent gives its sign. */
  sign: AbortSignal;
  /** Aborts when the parent wants it no more. */
  end: AbortSignal;
};

const codeOf = (error: unknown) => (error instanceof KeywrightError ? error.code : String(error));

async function openFirst(end: AbortSignal): Promise<Ctap2> {
  const [node] = await new LinuxHidraw().find();
  if (node === undefined) throw new Error('There is no key.');
  const device = await HidDevice.open(await openHidPipe(node.path));
  end.addEventListener('abort', () => device.close());
  return new Ctap2(device);
}

const tasks: Record<TaskName, (task: Task) => Promise<void>> = {
  /** Tells every list of keys, and what becomes of opening each of them. */
  async watch({ tell, end }) {
    const keys = createSecurityKeys();
    const stop = keys.watch(async (devices) => {
      const opened: string[] = [];
      for (const { id } of devices) {
        const result = keys.open(id).then((authenticator) => authenticator.close());
        opened.push(await result.then(() => 'opened', codeOf));
      }
      tell({ devices, opened });
    });
    end.addEventListener('abort', stop);
  },
  /** Tells the name of the key that was touched. */
  async choose({ tell, end }) {
    const keys = createSecurityKeys();
    const devices = await keys.list();
    const ids = devices.map(({ id }) => id);
    const chosen = await keys.chooseByTouch(ids, end);
    tell(devices.find(({ id }) => id === chosen)?.name);
  },
  /** Asks the key what it is, again and again until the sign; tells how often it was told. */
  async chatter({ tell, sign, end }) {
    const ctap = await openFirst(end);
    let count = 0;
    tell('begun');
    for (; !sign.aborted; count += 1) {
      await ctap.getInfo();
      await delay(100);
    }
    tell(count);
  },
  /** Lets the key wait for a touch until the sign; tells how that ended. */
  async hold({ tell, sign, end }) {
    const ctap = await openFirst(end);
    const info = await ctap.getInfo();
    tell(await select(ctap, info, { signal: sign }).then(() => 'touched', codeOf));
  },
  /** Runs the wizard; tells what its window shows, and what it comes to. */
  async wizard({ tell, end }) {
    const { Window } = await import('./window.ts');
    const window = await Window.open(await mkdtemp(join(tmpdir(), 'wizard-')));
    end.addEventListener('abort', () => void window.close());
    window.person = { see: ({ phase, waitingFor }) => tell({ phase, waitingFor }) };
    tell(await window.createFirst('securityKey', 'Key').then(({ kind }) => kind, codeOf));
  },
};

const running = new Map<number, { sign: AbortController; end: AbortController }>();

process.on('message', (raw: unknown) => {
  const message = Message.parse(raw);
  const { id } = message;
  if (message.what === 'sign') return running.get(id)?.sign.abort();
  if (message.what === 'end') return running.get(id)?.end.abort();
  const own = { sign: new AbortController(), end: new AbortController() };
  running.set(id, own);
  const tell = (word: unknown) => void process.send?.({ id, word });
  const task = { tell, sign: own.sign.signal, end: own.end.signal };
  tasks[message.task](task).catch((error: unknown) => tell(`The task failed: ${error}`));
});
