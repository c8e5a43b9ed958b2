import type { Signer } from '../../../shared/domain/index.ts';
import { KeywrightError } from '../../../shared/errors/index.ts';
import { newId } from '../../platform/index.ts';
import type { Operator } from './operator.ts';
import { createResponder } from './respond.ts';
import type { Terminal } from './terminal.ts';

/** How a person signs in from a terminal. */
export type SignInOptions = {
  /** Name of the credential to sign in with; asked for where more than one can be used. */
  credential?: string;
  /** File descriptor whose first line is the PIN; asked for at the terminal where it is absent. */
  pinFd?: number;
};

/**
 * Signs in: the PIN typed without echo; Enter is the touch of a software key, a security key is touched itself. The
 * session ends when the work is done.
 * @throws KeywrightError `auth.*`, `authenticator.*`, or `input.wrong_step` where there is no credential yet
 */
export async function whileSignedIn<T>(
  operator: Operator,
  terminal: Terminal,
  options: SignInOptions,
  work: () => Promise<T>,
): Promise<T> {
  const { workspace } = await operator.call('app.status', {});
  if (workspace === null) {
    throw new KeywrightError('input.wrong_step', {
      message: 'There is no credential in this data folder yet. Create the first one in the window.',
    });
  }
  const { challengeId, signers } = await operator.call('signIn.begin', {});
  const signer = await chooseSigner(signers, terminal, options.credential);
  const operationId = newId();
  const failure = Promise.withResolvers<never>();
  const respond = createResponder(operator, terminal, { pinFd: options.pinFd, name: signer.name });
  const stop = operator.onStatus((status) => {
    respond(status).catch((error: unknown) => {
      failure.reject(error);
      void operator.call('operations.cancel', { operationId });
    });
  });
  try {
    const signing = operator.call('authenticators.sign', {
      operationId,
      challengeId,
      credentialId: signer.id,
    });
    const { assertion } = await Promise.race([signing, failure.promise]);
    await operator.call('signIn.commit', { challengeId, assertion });
  } finally {
    stop();
  }
  try {
    return await work();
  } finally {
    await operator.call('session.signOut', {});
  }
}

async function chooseSigner(
  signers: Signer[],
  terminal: Terminal,
  wanted: string | undefined,
): Promise<Signer> {
  const usable = signers.filter((signer) => signer.kind === 'software' && signer.unavailable === null);
  if (wanted !== undefined) {
    const named = usable.find((signer) => signer.name === wanted);
    if (named !== undefined) return named;
    const message = `No credential named “${wanted}” can sign in from this terminal.`;
    throw new KeywrightError('auth.credential_unknown', { message });
  }
  const [only, ...others] = usable;
  if (only === undefined) {
    throw new KeywrightError('authenticator.not_found', {
      message:
        'No credential can sign in from this terminal: only active software keys of this computer can.',
    });
  }
  if (others.length === 0) return only;
  usable.forEach((signer, index) => {
    terminal.say(`${index + 1}  ${signer.name} (${signer.model})`);
  });
  const answer = await terminal.askLine(`Sign in with [1-${usable.length}]: `);
  const chosen = usable[Number(answer) - 1];
  if (chosen === undefined)
    throw new KeywrightError('input.invalid', { message: 'There is no such number.' });
  return chosen;
}
