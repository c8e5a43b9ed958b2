import type { OperationStatus } from '../../../shared/contract/index.ts';
import { KeywrightError } from '../../../shared/errors/index.ts';
import type { Operator } from './operator.ts';
import { readLineOf, type Terminal } from './terminal.ts';

type PinAsk = NonNullable<OperationStatus['pin']>;

const PROBLEMS = {
  wrong: 'The PIN is wrong.',
  tooShort: 'The PIN is too short.',
  tooLong: 'The PIN is too long.',
  refused: 'The key refuses this PIN.',
} as const;

const WAITING_FOR = {
  first: 'Plug in your security key.',
  removed: 'The key was pulled out before it had answered; nothing was signed. Plug it in again.',
  softLocked: 'Three wrong PINs in a row. Pull the key out and plug it in again.',
  wrongKey: 'This key does not hold the passkey. Plug in the one that does.',
  blocked: 'The key is there, but this user may not open it, or another program holds it.',
} as const;

/** What a person at a terminal answers with. */
export type Responses = {
  /** File descriptor whose first line is the PIN; asked for at the terminal where it is absent. */
  pinFd: number | undefined;
  /** Name of the credential. */
  name: string;
};

/**
 * Answers the statuses of an operation at the terminal: PINs without echo, Enter as the touch of a software key; all
 * else is said. Each sentence is said once in a row.
 */
export function createResponder(
  operator: Operator,
  terminal: Terminal,
  responses: Responses,
): (status: OperationStatus) => Promise<void> {
  let said = '';
  const say = (sentence: string): void => {
    if (sentence !== said) terminal.say(sentence);
    said = sentence;
  };

  return async (status) => {
    const { operationId, phase, pin, authenticator, verification, waitingFor } = status;
    if (phase === 'insert' && waitingFor !== null) say(WAITING_FOR[waitingFor]);
    if (phase === 'choose') {
      say(`Touch the key you want to use: ${status.candidates.map(({ name }) => name).join(', ')}.`);
    }
    if (phase === 'verify' && verification !== null) {
      said = '';
      say(verification.failed ? 'Not recognised. Try again.' : 'Use the fingerprint sensor of the key.');
    }
    if (phase === 'pin' && pin !== null) {
      said = '';
      const answer = await askPin(terminal, responses, pin);
      await operator.call('authenticators.pin', { operationId, questionId: pin.questionId, pin: answer });
    }
    if (phase === 'touch' && authenticator?.software === true) {
      await terminal.askLine('Press Enter to touch the key. ');
      await operator.call('authenticators.touch', { operationId });
    } else if (phase === 'touch') {
      say('Touch the key whose light is blinking.');
    }
  };
}

async function askPin(terminal: Terminal, { pinFd, name }: Responses, pin: PinAsk): Promise<string> {
  // A PIN from a script is tried once: a second try would only bring the lock nearer.
  if (pin.problem !== null && pinFd !== undefined) {
    throw new KeywrightError('authenticator.pin_wrong', { message: PROBLEMS[pin.problem] });
  }
  if (pinFd !== undefined) return readLineOf(pinFd);
  if (pin.problem !== null) terminal.say(PROBLEMS[pin.problem]);
  const tries = pin.triesLeft === null ? '' : `, ${pin.triesLeft} tries left`;
  if (pin.ask === 'enter') return terminal.askSecret(`PIN of ${name}${tries}: `);
  const most = pin.maxLength === null ? '' : ` and at most ${pin.maxLength}`;
  terminal.say(`The key wants a new PIN of at least ${pin.minLength}${most} characters.`);
  for (;;) {
    const chosen = await terminal.askSecret('New PIN: ');
    if ((await terminal.askSecret('The same again: ')) === chosen) return chosen;
    terminal.say('The two do not match.');
  }
}
