import { type ErrorCode, KeywrightError } from '../../shared/errors/index.ts';

/** Status codes by their name in the specification. CTAP 2.2 §8.2; the CTAPHID errors of §11.2.9.1.6 share the numbers. */
export const STATUS = {
  SUCCESS: 0x00,
  INVALID_COMMAND: 0x01,
  INVALID_PARAMETER: 0x02,
  INVALID_LENGTH: 0x03,
  INVALID_SEQ: 0x04,
  TIMEOUT: 0x05,
  CHANNEL_BUSY: 0x06,
  LOCK_REQUIRED: 0x0a,
  INVALID_CHANNEL: 0x0b,
  CBOR_UNEXPECTED_TYPE: 0x11,
  INVALID_CBOR: 0x12,
  MISSING_PARAMETER: 0x14,
  LIMIT_EXCEEDED: 0x15,
  UNSUPPORTED_EXTENSION: 0x16,
  FP_DATABASE_FULL: 0x17,
  LARGE_BLOB_STORAGE_FULL: 0x18,
  CREDENTIAL_EXCLUDED: 0x19,
  PROCESSING: 0x21,
  INVALID_CREDENTIAL: 0x22,
  USER_ACTION_PENDING: 0x23,
  OPERATION_PENDING: 0x24,
  NO_OPERATIONS: 0x25,
  UNSUPPORTED_ALGORITHM: 0x26,
  OPERATION_DENIED: 0x27,
  KEY_STORE_FULL: 0x28,
  NOT_BUSY: 0x29,
  NO_OPERATION_PENDING: 0x2a,
  UNSUPPORTED_OPTION: 0x2b,
  INVALID_OPTION: 0x2c,
  KEEPALIVE_CANCEL: 0x2d,
  NO_CREDENTIALS: 0x2e,
  USER_ACTION_TIMEOUT: 0x2f,
  NOT_ALLOWED: 0x30,
  PIN_INVALID: 0x31,
  PIN_BLOCKED: 0x32,
  PIN_AUTH_INVALID: 0x33,
  PIN_AUTH_BLOCKED: 0x34,
  PIN_NOT_SET: 0x35,
  PUAT_REQUIRED: 0x36,
  PIN_POLICY_VIOLATION: 0x37,
  PIN_TOKEN_EXPIRED: 0x38,
  REQUEST_TOO_LARGE: 0x39,
  ACTION_TIMEOUT: 0x3a,
  UP_REQUIRED: 0x3b,
  UV_BLOCKED: 0x3c,
  INTEGRITY_FAILURE: 0x3d,
  INVALID_SUBCOMMAND: 0x3e,
  UV_INVALID: 0x3f,
  UNAUTHORIZED_PERMISSION: 0x40,
  OTHER: 0x7f,
} as const;

export type StatusName = keyof typeof STATUS;

const CODES: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [STATUS.INVALID_COMMAND, 'authenticator.invalid_command'],
  [STATUS.INVALID_PARAMETER, 'authenticator.invalid_parameter'],
  [STATUS.INVALID_LENGTH, 'authenticator.invalid_length'],
  [STATUS.INVALID_SEQ, 'authenticator.invalid_sequence'],
  [STATUS.TIMEOUT, 'authenticator.message_timeout'],
  [STATUS.CHANNEL_BUSY, 'authenticator.busy'],
  [STATUS.LOCK_REQUIRED, 'authenticator.lock_required'],
  [STATUS.INVALID_CHANNEL, 'authenticator.invalid_channel'],
  [STATUS.CBOR_UNEXPECTED_TYPE, 'authenticator.cbor_unexpected_type'],
  [STATUS.INVALID_CBOR, 'authenticator.invalid_cbor'],
  [STATUS.MISSING_PARAMETER, 'authenticator.missing_parameter'],
  [STATUS.LIMIT_EXCEEDED, 'authenticator.limit_exceeded'],
  [STATUS.UNSUPPORTED_EXTENSION, 'authenticator.unsupported_extension'],
  [STATUS.FP_DATABASE_FULL, 'authenticator.fingerprints_full'],
  [STATUS.LARGE_BLOB_STORAGE_FULL, 'authenticator.large_blob_full'],
  [STATUS.CREDENTIAL_EXCLUDED, 'authenticator.excluded'],
  [STATUS.PROCESSING, 'authenticator.processing'],
  [STATUS.INVALID_CREDENTIAL, 'authenticator.invalid_credential'],
  [STATUS.USER_ACTION_PENDING, 'authenticator.user_action_pending'],
  [STATUS.OPERATION_PENDING, 'authenticator.operation_pending'],
  [STATUS.NO_OPERATIONS, 'authenticator.no_operations'],
  [STATUS.UNSUPPORTED_ALGORITHM, 'authenticator.unsupported_algorithm'],
  [STATUS.OPERATION_DENIED, 'authenticator.denied'],
  [STATUS.KEY_STORE_FULL, 'authenticator.full'],
  [STATUS.NOT_BUSY, 'authenticator.not_busy'],
  [STATUS.NO_OPERATION_PENDING, 'authenticator.no_operation_pending'],
  [STATUS.UNSUPPORTED_OPTION, 'authenticator.unsupported_option'],
  [STATUS.INVALID_OPTION, 'authenticator.invalid_option'],
  [STATUS.KEEPALIVE_CANCEL, 'authenticator.cancelled'],
  [STATUS.NO_CREDENTIALS, 'authenticator.no_credentials'],
  [STATUS.USER_ACTION_TIMEOUT, 'authenticator.timed_out'],
  [STATUS.NOT_ALLOWED, 'authenticator.not_allowed'],
  [STATUS.PIN_INVALID, 'authenticator.pin_wrong'],
  [STATUS.PIN_BLOCKED, 'authenticator.pin_locked'],
  [STATUS.PIN_AUTH_INVALID, 'authenticator.pin_auth_invalid'],
  [STATUS.PIN_AUTH_BLOCKED, 'authenticator.pin_soft_locked'],
  [STATUS.PIN_NOT_SET, 'authenticator.pin_not_set'],
  [STATUS.PUAT_REQUIRED, 'authenticator.pin_required'],
  [STATUS.PIN_POLICY_VIOLATION, 'authenticator.pin_policy'],
  [STATUS.PIN_TOKEN_EXPIRED, 'authenticator.pin_token_expired'],
  [STATUS.REQUEST_TOO_LARGE, 'authenticator.request_too_large'],
  [STATUS.ACTION_TIMEOUT, 'authenticator.action_timeout'],
  [STATUS.UP_REQUIRED, 'authenticator.touch_required'],
  [STATUS.UV_BLOCKED, 'authenticator.uv_blocked'],
  [STATUS.INTEGRITY_FAILURE, 'authenticator.integrity_failure'],
  [STATUS.INVALID_SUBCOMMAND, 'authenticator.invalid_subcommand'],
  [STATUS.UV_INVALID, 'authenticator.uv_invalid'],
  [STATUS.UNAUTHORIZED_PERMISSION, 'authenticator.unauthorized_permission'],
  [STATUS.OTHER, 'authenticator.failed'],
]);

/** The error code for a status byte; `authenticator.unknown_status` for one that the specification does not name. */
export function codeOfStatus(status: number): ErrorCode {
  return CODES.get(status) ?? 'authenticator.unknown_status';
}

/** An authenticator answered with a status other than success, or its transport with a CTAPHID error. */
export class CtapError extends KeywrightError {
  /** The status byte as it came. */
  readonly status: number;

  constructor(status: number, options: { cause?: unknown } = {}) {
    super(codeOfStatus(status), { details: { status }, cause: options.cause });
    this.status = status;
  }

  /** True when the error is an answer with this status. */
  static is(error: unknown, status: StatusName): boolean {
    return error instanceof CtapError && error.status === STATUS[status];
  }
}
