// A security key over UDP with rules of its own for PINs, as a program of its own:
//
//   node tests/e2e/support/strict-key.ts --listen 127.0.0.1:8111 --answer 127.0.0.1:7112 [--must-change]
//
// PINs have 6 to 16 characters, and it refuses the first new one without saying why. With --must-change it takes
// the first one, but wants another one before that is used. It says `ready` and ends with its standard input.
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { Continuation } from '../../../main/authenticators/software/continuation.ts';
import { HidResponder } from '../../../main/authenticators/software/hid-responder.ts';
import { InProcessBus } from '../../../main/authenticators/software/in-process-bus.ts';
import { Parameters } from '../../../main/authenticators/software/parameters.ts';
import { PinState } from '../../../main/authenticators/software/pin-state.ts';
import { SoftwareAuthenticator } from '../../../main/authenticators/software/software-authenticator.ts';
import { serveOverUdp } from '../../../main/authenticators/software/udp.ts';
import { Vault } from '../../../main/authenticators/software/vault.ts';
import { COMMAND, CtapError, PIN_SUBCOMMAND, STATUS } from '../../../main/ctap/index.ts';
import { systemClock as clock } from '../../../main/platform/clock.ts';
import { answering, changeInfo, type Layer } from '../../support/keys/messages.ts';
import { TestSensor } from '../../support/keys/test-sensor.ts';

const { values } = parseArgs({
  options: {
    listen: { type: 'string', default: '127.0.0.1:8111' },
    answer: { type: 'string', default: '127.0.0.1:7112' },
    'must-change': { type: 'boolean', default: false },
  },
});

/** Fields of getInfo. CTAP 2.2 §6.4; the last two are of CTAP 2.3. */
const INFO = { forcePINChange: 0x0c, minPINLength: 0x0d, pinComplexityPolicy: 0x1b, maxPINLength: 0x1d };

function strict(mustChange: boolean): Layer {
  let changed = !mustChange;
  let refused = mustChange;
  return (_, inner) =>
    answering(async (message, running) => {
      const [command] = message;
      if (command === COMMAND.getInfo) {
        return changeInfo(await inner(message, running), {
          fields: {
            [INFO.forcePINChange]: !changed,
            [INFO.minPINLength]: 6,
            [INFO.pinComplexityPolicy]: true,
            [INFO.maxPINLength]: 16,
          },
        });
      }
      if (command !== COMMAND.clientPIN) return inner(message, running);
      const subCommand = new Parameters(message.subarray(1)).required(0x02, z.int());
      if (subCommand === PIN_SUBCOMMAND.setPIN && !refused) {
        refused = true;
        throw new CtapError(STATUS.PIN_POLICY_VIOLATION);
      }
      const wantsToken = subCommand > PIN_SUBCOMMAND.changePIN && subCommand !== PIN_SUBCOMMAND.getUVRetries;
      if (wantsToken && !changed) throw new CtapError(STATUS.PIN_POLICY_VIOLATION);
      const answer = await inner(message, running);
      if (subCommand === PIN_SUBCOMMAND.changePIN && answer[0] === STATUS.SUCCESS) changed = true;
      return answer;
    });
}

function addressOf(text: string) {
  const [host = '', port] = text.split(':');
  return { host, port: Number(port) };
}

const sensor = new TestSensor('auto', clock, () => {});
const context = {
  vault: new Vault({ keyId: 'strict', path: null, file: null, minPINLength: 4, idleLimit: 60_000 }),
  pin: new PinState(clock),
  clock,
  sensor,
  continuation: new Continuation(clock),
  settings: { alwaysUv: false, makeCredUvNotRqd: true, touchTimeout: 30_000, resetWindow: null },
};
const authenticator = new SoftwareAuthenticator(context, (fault) => {
  throw new Error('a key for tests failed inside', { cause: fault });
});
const cbor = strict(values['must-change'])(context, (message, running) =>
  authenticator.handle(message, running),
);
const bus = new InProcessBus();
const responder = new HidResponder((packet) => bus.send(packet), { cbor });
bus.listen((packet) => responder.receive(packet));
const server = await serveOverUdp(
  { connect: () => bus.connect() },
  { listen: addressOf(values.listen), answer: addressOf(values.answer) },
);
process.stdout.write(`ready ${server.port}\n`);
process.stdin.resume().on('end', () => void server.close());
