// A security key over UDP with rules of its own for PINs, as a program of its own:
//
//   node tests/e2e/support/strict-key.ts --listen 127.0.0.1:8111 --answer 127.0.0.1:7112 [--must-change]
//
// PINs have 6 to 16 characters, and it refuses the first new one without saying why. With --must-change it takes
// the first one, but wants another one before that is used. It says `ready` and ends with its standard input.
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { HidResponder, type MessageHandler } from '../../../main/authenticators/software/hid-responder.ts';
import { InProcessBus } from '../../../main/authenticators/software/in-process-bus.ts';
import { Parameters } from '../../../main/authenticators/software/parameters.ts';
import { serveOverUdp } from '../../../main/authenticators/software/udp.ts';
import { COMMAND, CtapError, HidDevice, PIN_SUBCOMMAND, STATUS } from '../../../main/ctap/index.ts';
import { answering, changeInfo } from '../../support/keys/messages.ts';
import { openTestKey } from '../../support/keys/test-key.ts';

const { values } = parseArgs({
  options: {
    listen: { type: 'string', default: '127.0.0.1:8111' },
    answer: { type: 'string', default: '127.0.0.1:7112' },
    'must-change': { type: 'boolean', default: false },
  },
});

/** Fields of getInfo. CTAP 2.2 §6.4; the last two are of CTAP 2.3. */
const INFO = { forcePINChange: 0x0c, minPINLength: 0x0d, pinComplexityPolicy: 0x1b, maxPINLength: 0x1d };

/** A key that answers as `inner` does, but for its PINs. */
function strict(inner: (message: Uint8Array) => Promise<Uint8Array>, mustChange: boolean): MessageHandler {
  let changed = !mustChange;
  let refused = mustChange;
  return answering(async (message) => {
    const [command] = message;
    if (command === COMMAND.getInfo) {
      return changeInfo(await inner(message), {
        fields: {
          [INFO.forcePINChange]: !changed,
          [INFO.minPINLength]: 6,
          [INFO.pinComplexityPolicy]: true,
          [INFO.maxPINLength]: 16,
        },
      });
    }
    if (command !== COMMAND.clientPIN) return inner(message);
    const subCommand = new Parameters(message.subarray(1)).required(0x02, z.int());
    if (subCommand === PIN_SUBCOMMAND.setPIN && !refused) {
      refused = true;
      throw new CtapError(STATUS.PIN_POLICY_VIOLATION);
    }
    const wantsToken = subCommand > PIN_SUBCOMMAND.changePIN && subCommand !== PIN_SUBCOMMAND.getUVRetries;
    if (wantsToken && !changed) throw new CtapError(STATUS.PIN_POLICY_VIOLATION);
    const answer = await inner(message);
    if (subCommand === PIN_SUBCOMMAND.changePIN && answer[0] === STATUS.SUCCESS) changed = true;
    return answer;
  });
}

function addressOf(text: string) {
  const [host = '', port] = text.split(':');
  return { host, port: Number(port) };
}

const key = await openTestKey({ persona: 'standard' });
const device = await HidDevice.open(key.connect());
const cbor = strict((message) => device.cbor(message), values['must-change']);
const bus = new InProcessBus();
const responder = new HidResponder((packet) => bus.send(packet), { cbor });
bus.listen((packet) => responder.receive(packet));
const server = await serveOverUdp(
  { connect: () => bus.connect() },
  { listen: addressOf(values.listen), answer: addressOf(values.answer) },
);
process.stdout.write(`ready ${server.port}\n`);
process.stdin.resume().on('end', async () => {
  await server.close();
  await key.close();
});
