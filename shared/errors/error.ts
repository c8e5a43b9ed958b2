import { ERROR_CATALOGUE, type ErrorCode } from './codes.ts';

/** Facts for the interface: which field, how many tries are left, who holds the lock. Never a secret. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null>>;

/** An error as it crosses a border: all that a person may see. */
export type ErrorBody = {
  code: ErrorCode;
  message: string;
  hint: string;
  details?: ErrorDetails;
};

/** The only error that leaves the core. Its text comes from the catalogue, so every code has one. */
export class KeywrightError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly details: ErrorDetails | undefined;

  /**
   * @param code one of the catalogue's codes
   * @param options `details` go to the interface; `cause` stays in the log; `message` replaces the
   *   catalogue's sentence where a more exact one is known.
   */
  constructor(code: ErrorCode, options: { details?: ErrorDetails; cause?: unknown; message?: string } = {}) {
    super(options.message ?? ERROR_CATALOGUE[code].message, { cause: options.cause });
    this.name = 'KeywrightError';
    this.code = code;
    this.hint = ERROR_CATALOGUE[code].hint;
    this.details = options.details;
  }

  /** The form that crosses a border; without stack and cause. */
  toBody(): ErrorBody {
    return {
      code: this.code,
      message: this.message,
      hint: this.hint,
      ...(this.details === undefined ? {} : { details: this.details }),
    };
  }

  /** Rebuilds an error on the other side of a border. */
  static fromBody(body: ErrorBody): KeywrightError {
    return new KeywrightError(body.code, {
      message: body.message,
      ...(body.details === undefined ? {} : { details: body.details }),
    });
  }
}
