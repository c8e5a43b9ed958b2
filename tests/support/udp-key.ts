// A security key over UDP as a program of its own, for tests:
//
//   node tests/support/udp-key.ts --listen 127.0.0.1:8111 --answer 127.0.0.1:7112 \
//     [--persona standard|ctap20|builtInUv|builtInUv20|noFinger|u2f] [--touch auto|<ms>|stdin]
//
// Lines on standard input: touch, unplug, plug, finger ok, finger bad. It says `ready <port>` at first, `done <line>`
// after each of them, and `waiting touch` or `waiting finger` when it begins to wait. It ends with its standard input.
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { PERSONAS } from './keys/test-key.ts';
import { openUdpTestKey } from './keys/udp-test-key.ts';

const { values } = parseArgs({
  options: {
    listen: { type: 'string', default: '127.0.0.1:8111' },
    answer: { type: 'string', default: '127.0.0.1:7112' },
    persona: { type: 'string', default: 'standard' },
    touch: { type: 'string', default: 'auto' },
  },
});

function addressOf(text: string) {
  const [, host = '', port] = /^(.+):(\d+)$/.exec(text) ?? [];
  return { host, port: Number(port) };
}

function touchOf(text: string) {
  if (text === 'auto') return 'auto';
  if (text === 'stdin') return 'manual';
  if (/^\d+$/.test(text)) return Number(text);
  throw new Error(`--touch ${text}: auto, stdin or a number of milliseconds is wanted`);
}

const persona = PERSONAS.find((name) => name === values.persona);
if (persona === undefined)
  throw new Error(`--persona ${values.persona}: one of ${PERSONAS.join(', ')} is wanted`);

const say = (line: string) => process.stdout.write(`${line}\n`);
const key = await openUdpTestKey({
  persona,
  touch: touchOf(values.touch),
  listen: addressOf(values.listen),
  answer: addressOf(values.answer),
  onWaiting: (waiting) => say(`waiting ${waiting}`),
});
say(`ready ${key.port}`);

const orders: Record<string, () => void | Promise<void>> = {
  touch: key.touch,
  unplug: key.unplug,
  plug: key.plug,
  'finger ok': () => key.finger('ok'),
  'finger bad': () => key.finger('bad'),
};
for await (const line of createInterface({ input: process.stdin })) {
  await orders[line.trim()]?.();
  say(`${line.trim() in orders ? 'done' : 'unknown'} ${line.trim()}`);
}
await key.close();
