import { z } from 'zod';
import { Parameters } from '../../../main/authenticators/software/parameters.ts';
import { issueToken } from '../../../main/authenticators/software/pin-commands.ts';
import {
  COMMAND,
  CRED_MGMT_SUBCOMMAND,
  CtapError,
  PERMISSION,
  PIN_SUBCOMMAND,
  STATUS,
} from '../../../main/ctap/index.ts';
import { answering, changeInfo, type Layer } from './messages.ts';

const MAX_MESSAGE = 1200;
const LAST_FIELD = 0x20;
const EXTENSIONS = ['credProtect', 'hmac-secret'];

const COMMANDS: number[] = [
  COMMAND.makeCredential,
  COMMAND.getAssertion,
  COMMAND.clientPIN,
  COMMAND.reset,
  COMMAND.getNextAssertion,
];

/** What a token of CTAP 2.0 is good for: everything that the key can do. */
const ALL = PERMISSION.mc | PERMISSION.ga | PERMISSION.cm;

/**
 * A key of CTAP 2.0 with the credential management that came before 2.1: PIN protocol 1, tokens without
 * permissions, no authenticatorSelection, command 0x41. CTAP 2.2 §6.13; CTAP 2.0 §5.
 */
export const ctap20: Layer = (context, inner) =>
  answering(async (message, running) => {
    const [command = 0] = message;
    if (message.length > MAX_MESSAGE) throw new CtapError(STATUS.REQUEST_TOO_LARGE);
    switch (command) {
      case COMMAND.getInfo:
        return oldInfo(await inner(message, running));
      case COMMAND.credentialManagementPreview: {
        const subCommand = new Parameters(message.subarray(1)).required(0x01, z.int());
        if (subCommand === CRED_MGMT_SUBCOMMAND.updateUserInformation) {
          throw new CtapError(STATUS.INVALID_PARAMETER);
        }
        return inner(
          Buffer.concat([Uint8Array.of(COMMAND.credentialManagement), message.subarray(1)]),
          running,
        );
      }
      case COMMAND.clientPIN: {
        const parameters = new Parameters(message.subarray(1));
        const subCommand = parameters.required(0x02, z.int());
        if (parameters.required(0x01, z.int()) !== 1 || subCommand > PIN_SUBCOMMAND.getPinToken) {
          throw new CtapError(STATUS.INVALID_PARAMETER);
        }
        if (subCommand !== PIN_SUBCOMMAND.getPinToken) return inner(message, running);
        return issueToken(context, parameters, ALL, null);
      }
      default:
        if (!COMMANDS.includes(command)) throw new CtapError(STATUS.INVALID_COMMAND);
        return inner(message, running);
    }
  });

function oldInfo(answer: Uint8Array): Uint8Array {
  const later = Array.from({ length: LAST_FIELD - 6 }, (_, i): [number, undefined] => [i + 7, undefined]);
  return changeInfo(answer, {
    fields: {
      ...Object.fromEntries(later),
      1: ['FIDO_2_0', 'FIDO_2_1_PRE'],
      2: EXTENSIONS,
      5: MAX_MESSAGE,
      6: [1],
    },
    options: {
      alwaysUv: undefined,
      authnrCfg: undefined,
      credMgmt: undefined,
      credentialMgmtPreview: true,
      largeBlobs: undefined,
      makeCredUvNotRqd: undefined,
      pinUvAuthToken: undefined,
      setMinPINLength: undefined,
    },
  });
}
