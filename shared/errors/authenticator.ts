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
  'authenticator.u2f_only': {
    message: 'This key knows only U2F: it can be touched, but it cannot verify who touches it.',
    hint: 'Use a FIDO2 key. Keys like this one are accepted where Settings do not require user verification.',
  },
  'authenticator.hidden_by_system': {
    message: 'Windows keeps security keys to itself, so Keywright cannot talk to this key directly.',
    hint: 'Start Keywright as administrator to use the key from here.',
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
  'authenticator.excluded': {
    message: 'This authenticator already holds a passkey for this person.',
    hint: 'Use the passkey that is there, or choose another authenticator.',
  },
  'authenticator.no_credentials': {
    message: 'This authenticator does not hold the passkey.',
    hint: 'Choose the authenticator on which the passkey was made.',
  },
  'authenticator.no_answer': {
    message: 'The authenticator does not answer.',
    hint: 'Disconnect it, connect it again and retry.',
  },
  'authenticator.malformed_answer': {
    message: 'The authenticator sent an answer that could not be read.',
    hint: 'Reconnect it and try again. If it happens again, use another authenticator.',
  },
  'authenticator.key_file_damaged': {
    message: 'The file of this software key is damaged or belongs to another key. It was left as it is.',
    hint: 'Restore the file from a backup, or use another credential.',
  },
  'authenticator.key_file_newer': {
    message: 'The file of this software key was written by a newer Keywright. It was left as it is.',
    hint: 'Update Keywright, then try again.',
  },
  'authenticator.invalid_command': {
    message: 'The authenticator does not know this command.',
    hint: 'Update the firmware of the authenticator, or use another one.',
  },
  'authenticator.invalid_parameter': {
    message: 'The authenticator refused a value in the request.',
    hint: 'Try again. If it happens again, use another authenticator.',
  },
  'authenticator.invalid_length': {
    message: 'The authenticator received a message of the wrong length.',
    hint: 'Reconnect it and try again.',
  },
  'authenticator.invalid_sequence': {
    message: 'The authenticator received the parts of a message in the wrong order.',
    hint: 'Close other programs that use it, reconnect it and try again.',
  },
  'authenticator.message_timeout': {
    message: 'The authenticator waited too long for the rest of a message.',
    hint: 'Reconnect it and try again.',
  },
  'authenticator.lock_required': {
    message: 'Another program has reserved the authenticator.',
    hint: 'Close the other program, then try again.',
  },
  'authenticator.invalid_channel': {
    message: 'The authenticator does not know this connection any more.',
    hint: 'Reconnect it and try again.',
  },
  'authenticator.cbor_unexpected_type': {
    message: 'The authenticator found a value of the wrong type in the request.',
    hint: 'Try again. If it happens again, use another authenticator.',
  },
  'authenticator.invalid_cbor': {
    message: 'The authenticator could not read the request.',
    hint: 'Try again. If it happens again, use another authenticator.',
  },
  'authenticator.missing_parameter': {
    message: 'The authenticator misses a value in the request.',
    hint: 'Try again. If it happens again, use another authenticator.',
  },
  'authenticator.limit_exceeded': {
    message: 'A limit of the authenticator was exceeded.',
    hint: 'Remove what you do not need from it, or use another authenticator.',
  },
  'authenticator.unsupported_extension': {
    message: 'The authenticator does not support an extension in the request.',
    hint: 'Use another authenticator.',
  },
  'authenticator.fingerprints_full': {
    message: 'The authenticator cannot store another fingerprint.',
    hint: 'Remove a fingerprint from it first.',
  },
  'authenticator.large_blob_full': {
    message: 'The storage for extra data on the authenticator is full.',
    hint: 'Remove data from it, or use another authenticator.',
  },
  'authenticator.processing': {
    message: 'The authenticator is still working on a request.',
    hint: 'Wait a moment, then try again.',
  },
  'authenticator.invalid_credential': {
    message: 'The authenticator did not recognise the passkey it was given.',
    hint: 'Use another credential, and register this authenticator again.',
  },
  'authenticator.user_action_pending': {
    message: 'The authenticator waits for a person to act on another request.',
    hint: 'Finish or cancel the other request, then try again.',
  },
  'authenticator.operation_pending': {
    message: 'The authenticator has another operation open.',
    hint: 'Finish or cancel the other operation, then try again.',
  },
  'authenticator.no_operations': {
    message: 'The authenticator has no such operation open.',
    hint: 'Start again from the first step.',
  },
  'authenticator.unsupported_algorithm': {
    message: 'The authenticator supports none of the allowed signature algorithms.',
    hint: 'Use an authenticator that supports ES256 or EdDSA.',
  },
  'authenticator.denied': {
    message: 'The request was denied on the authenticator.',
    hint: 'Try again, and confirm it on the authenticator.',
  },
  'authenticator.full': {
    message: 'The authenticator has no room for another passkey.',
    hint: 'Remove a passkey from it, or use another authenticator.',
  },
  'authenticator.not_busy': {
    message: 'The authenticator was not working on anything.',
    hint: 'Start again from the first step.',
  },
  'authenticator.no_operation_pending': {
    message: 'The authenticator has no operation to continue.',
    hint: 'Start again from the first step.',
  },
  'authenticator.unsupported_option': {
    message: 'The authenticator does not support what was asked of it.',
    hint: 'Use another authenticator.',
  },
  'authenticator.invalid_option': {
    message: 'The authenticator does not allow this option for this request.',
    hint: 'Use another authenticator, or set a PIN on this one first.',
  },
  'authenticator.not_allowed': {
    message: 'The authenticator does not allow this now.',
    hint: 'Reconnect it and try again. A reset is allowed only shortly after it was connected.',
  },
  'authenticator.pin_auth_invalid': {
    message: 'The authenticator did not accept the proof that the PIN was given.',
    hint: 'Try again and enter the PIN again.',
  },
  'authenticator.pin_required': {
    message: 'The authenticator wants its PIN for this.',
    hint: 'Try again and enter the PIN. If the key has none yet, set one.',
  },
  'authenticator.pin_token_expired': {
    message: 'The permission given by the PIN has expired.',
    hint: 'Try again and enter the PIN again.',
  },
  'authenticator.request_too_large': {
    message: 'The request is too large for this authenticator.',
    hint: 'Use another authenticator.',
  },
  'authenticator.action_timeout': {
    message: 'The authenticator stopped because the request took too long.',
    hint: 'Try again.',
  },
  'authenticator.touch_required': {
    message: 'The authenticator wants a touch for this.',
    hint: 'Try again, and touch the authenticator when it asks for it.',
  },
  'authenticator.uv_blocked': {
    message: 'Fingerprint or face is blocked on this authenticator after too many tries.',
    hint: 'Use the PIN of the authenticator instead.',
  },
  'authenticator.integrity_failure': {
    message: 'The authenticator found damage in its own data.',
    hint: 'Use another credential. A reset may repair the authenticator and deletes its passkeys.',
  },
  'authenticator.invalid_subcommand': {
    message: 'The authenticator does not know this part of a command.',
    hint: 'Update the firmware of the authenticator, or use another one.',
  },
  'authenticator.uv_invalid': {
    message: 'The fingerprint or face was not recognised.',
    hint: 'Try again, or use the PIN.',
  },
  'authenticator.unauthorized_permission': {
    message: 'The authenticator does not give this permission.',
    hint: 'Use another authenticator.',
  },
  'authenticator.failed': {
    message: 'The authenticator reported a failure that it did not explain.',
    hint: 'Reconnect it and try again.',
  },
  'authenticator.unknown_status': {
    message: 'The authenticator reported a failure that Keywright does not know.',
    hint: 'Reconnect it and try again. If it happens again, use another authenticator.',
  },
} as const satisfies Record<string, ErrorText>;
