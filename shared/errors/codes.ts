import { AUTHENTICATOR_ERRORS } from './authenticator.ts';
import type { ErrorText } from './text.ts';

const CORE_ERRORS = {
  'input.invalid': {
    message: 'Something in this request is not in the right form.',
    hint: 'Correct the marked field and try again.',
  },
  'input.unknown_procedure': {
    message: 'Keywright does not know this request.',
    hint: 'Restart Keywright so that the window and the program are of the same version.',
  },
  'input.too_large': {
    message: 'This request is larger than 1 MiB.',
    hint: 'Send less at once.',
  },
  'input.name_invalid': {
    message: 'This name cannot be used.',
    hint: 'Use 1 to 64 visible characters, without control or text-direction characters.',
  },
  'input.name_taken': {
    message: 'You already have a credential with this name.',
    hint: 'Choose another name. Upper and lower case count as the same.',
  },
  'input.not_found': {
    message: 'This item does not exist any more.',
    hint: 'Go back to the list and choose again.',
  },
  'input.no_change': {
    message: 'This is already so.',
    hint: 'Nothing has to be done.',
  },
  'input.wrong_step': {
    message: 'This step has already been done or comes too early.',
    hint: 'Start again from the first step.',
  },
  'auth.sign_in_required': {
    message: 'You are signed out.',
    hint: 'Sign in with one of your credentials.',
  },
  'auth.challenge_expired': {
    message: 'This request has expired: a challenge is valid for 5 minutes.',
    hint: 'Start again. If it keeps happening, check that the clock of this computer is right.',
  },
  'auth.challenge_used': {
    message: 'This challenge has already been used.',
    hint: 'Start again: every signature needs a new challenge.',
  },
  'auth.challenge_mismatch': {
    message: 'The signature was made for another challenge.',
    hint: 'Start again, and do not use two windows at the same time.',
  },
  'auth.action_mismatch': {
    message: 'The request differs from what was signed, so nothing was changed.',
    hint: 'Start again and read what you are signing. If you did not change anything, something on this computer did.',
  },
  'auth.type_mismatch': {
    message: 'The authenticator answered a different kind of request.',
    hint: 'Start again.',
  },
  'auth.origin_mismatch': {
    message: 'The signature was made for another origin.',
    hint: 'Open Keywright itself, not a copy of its page at another address.',
  },
  'auth.rp_id_mismatch': {
    message: 'The authenticator answered for another relying party.',
    hint: 'Use a credential that was registered in this workspace.',
  },
  'auth.user_presence_missing': {
    message: 'The authenticator did not confirm that a person was present.',
    hint: 'Touch the key when it asks for it.',
  },
  'auth.user_verification_missing': {
    message: 'The authenticator did not verify you by PIN, fingerprint or face.',
    hint: 'Set a PIN or fingerprint on the authenticator and try again.',
  },
  'auth.cannot_verify_user': {
    message: 'This credential cannot verify who uses it, and this workspace requires that.',
    hint: 'Use a credential with a PIN or fingerprint.',
  },
  'auth.algorithm_not_allowed': {
    message: 'The authenticator used an algorithm that this workspace does not accept.',
    hint: 'Use an authenticator that supports ES256, EdDSA or RS256.',
  },
  'auth.signature_invalid': {
    message: 'The signature does not fit the credential.',
    hint: 'Try again with the same authenticator. If it fails again, use another credential and switch this one off.',
  },
  'auth.attestation_invalid': {
    message: 'The authenticator’s statement about itself could not be verified.',
    hint: 'Try again, or use another authenticator.',
  },
  'auth.counter_regressed': {
    message:
      'The signature counter of this credential went back, so the sign attempt was refused and recorded.',
    hint: 'The authenticator may have been copied or restored from a backup. Use another credential and switch this one off.',
  },
  'auth.backup_eligibility_changed': {
    message: 'The authenticator reports another kind of passkey than at registration, so it was refused.',
    hint: 'Use another credential and register this authenticator again.',
  },
  'auth.user_handle_mismatch': {
    message: 'This passkey belongs to another person.',
    hint: 'Use one of your own credentials.',
  },
  'auth.credential_unknown': {
    message: 'This passkey is not registered in this workspace.',
    hint: 'Use a credential from the list.',
  },
  'auth.credential_known': {
    message: 'This passkey is already registered.',
    hint: 'Choose another authenticator.',
  },
  'auth.credential_inactive': {
    message: 'This credential is switched off, so it cannot sign.',
    hint: 'Use another credential, or switch this one on first.',
  },
  'auth.self_signing': {
    message: 'A new credential cannot sign its own creation.',
    hint: 'Sign with a credential that you already have.',
  },
  'auth.last_credential': {
    message: 'This is your only active credential, so it cannot be switched off.',
    hint: 'Switch another credential on, or create one, then try again.',
  },
  'auth.response_malformed': {
    message: 'The answer of the authenticator could not be read.',
    hint: 'Try again. If it happens again, use another authenticator.',
  },
  'store.locked': {
    message: 'Keywright is already open on this data folder.',
    hint: 'Use the copy that is open, or close it first.',
  },
  'store.not_a_database': {
    message: 'The file at the place of the Keywright store is not a Keywright store. It was left as it is.',
    hint: 'Move the file away, or choose another folder with KEYWRIGHT_DATA.',
  },
  'store.newer_schema': {
    message: 'The store was written by a newer Keywright. It was left as it is.',
    hint: 'Update Keywright, then open it again.',
  },
  'store.migration_changed': {
    message: 'The store’s history does not match this Keywright. It was left as it is.',
    hint: 'Install the version that made this store, or restore a backup.',
  },
  'store.read_only': {
    message: 'The data folder cannot be written to.',
    hint: 'Give your user write access to the folder, or choose another one with KEYWRIGHT_DATA.',
  },
  'store.disk_full': {
    message: 'The disk is full. Nothing was changed.',
    hint: 'Free some space and try again.',
  },
  'store.damaged': {
    message: 'The store is damaged. It was left as it is.',
    hint: 'Restore a backup of the data folder.',
  },
  'host.forbidden': {
    message: 'This page may not talk to Keywright.',
    hint: 'Open Keywright with the address that it printed when it started. Each address works once: press Enter in the terminal for a new one.',
  },
  'host.unreachable': {
    message: 'Keywright does not answer.',
    hint: 'Check that Keywright is still running, then reload this page.',
  },
  'host.port_unavailable': {
    message: 'Keywright could not open its local address.',
    hint: 'Close the program that uses the address, or choose another port.',
  },
  internal: {
    message: 'Something went wrong inside Keywright. Nothing was changed.',
    hint: 'Try again. If it keeps happening, look for the id in the log.',
  },
} as const satisfies Record<string, ErrorText>;

/** Every error code with its sentence and its next step. */
export const ERROR_CATALOGUE = { ...CORE_ERRORS, ...AUTHENTICATOR_ERRORS };

/** The closed union of error codes, grouped by who can act. */
export type ErrorCode = keyof typeof ERROR_CATALOGUE;

/** True when the text is one of the codes. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CATALOGUE, text);
}
