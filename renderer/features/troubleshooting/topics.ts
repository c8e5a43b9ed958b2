import type { ErrorCode } from '../../../shared/errors/index.ts';

export const TOPICS = [
  'prompt',
  'notFound',
  'permission',
  'authentication',
  'verification',
  'inactive',
  'clock',
] as const;
export type Topic = (typeof TOPICS)[number];

/** The help page that fits an error; null where the error says all there is to say. */
export function topicOf(code: ErrorCode): Topic | null {
  switch (code) {
    case 'authenticator.not_found':
    case 'authenticator.removed':
    case 'authenticator.not_supported':
    case 'authenticator.no_answer':
      return 'notFound';
    case 'authenticator.no_permission':
    case 'authenticator.hidden_by_system':
    case 'store.read_only':
      return 'permission';
    case 'authenticator.busy':
      return 'prompt';
    case 'authenticator.timed_out':
    case 'auth.challenge_expired':
    case 'auth.challenge_used':
      return 'clock';
    case 'auth.credential_inactive':
      return 'inactive';
    case 'authenticator.u2f_only':
    case 'auth.cannot_verify_user':
      return 'verification';
    case 'authenticator.uv_blocked':
    case 'authenticator.uv_invalid':
    case 'authenticator.pin_wrong':
    case 'authenticator.pin_soft_locked':
    case 'authenticator.pin_locked':
    case 'authenticator.pin_policy':
    case 'auth.signature_invalid':
    case 'auth.counter_regressed':
    case 'auth.credential_unknown':
    case 'auth.user_verification_missing':
    case 'auth.user_presence_missing':
    case 'auth.response_malformed':
      return 'authentication';
    default:
      return null;
  }
}
