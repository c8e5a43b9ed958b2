import type { ErrorText } from './text.ts';

/** Errors of authenticators and of the way to them. CTAP status codes map to these in `main/ctap/status.ts`. */
export const AUTHENTICATOR_ERRORS = {
  'authenticator.not_found': {
    message: 'No authenticator was found.',
    hint: 'Plug the security key in, or choose another place for the passkey.',
  },
  'authenticator.not_supported': {
    message: 'This kind of authenticator cannot be used here.',
    hint: 'Choose another place for the passkey.',
  },
  'authenticator.no_permission': {
    message: 'This computer does not let Keywright open the authenticator.',
    hint: 'Ask for access to the device, then try again.',
  },
  'authenticator.removed': {
    message: 'The authenticator went away before it had answered.',
    hint: 'Connect it again and retry.',
  },
  'authenticator.busy': {
    message: 'The authenticator is busy with another request.',
    hint: 'Finish or cancel the other request, then try again.',
  },
  'authenticator.cancelled': {
    message: 'You cancelled the request.',
    hint: 'Try again when you are ready.',
  },
  'authenticator.timed_out': {
    message: 'The authenticator waited for you, and the time ran out.',
    hint: 'Try again, and touch the authenticator when it asks for it.',
  },
  'authenticator.pin_wrong': {
    message: 'The PIN is wrong.',
    hint: 'Try again with care: too many wrong tries lock the key.',
  },
  'authenticator.pin_soft_locked': {
    message: 'Three wrong PINs in a row: the key waits until it is reconnected.',
    hint: 'Reconnect the key, then try again with the right PIN.',
  },
  'authenticator.pin_locked': {
    message: 'Too many wrong PINs: the key is locked for good.',
    hint: 'Use another credential. The locked key works again only after a reset, which deletes its passkeys.',
  },
  'authenticator.pin_not_set': {
    message: 'This key has no PIN yet.',
    hint: 'Set a PIN first.',
  },
  'authenticator.pin_policy': {
    message: 'This PIN does not meet the rules of the key.',
    hint: 'Choose a longer PIN.',
  },
} as const satisfies Record<string, ErrorText>;
