import { type ErrorCode, KeywrightError } from '../../shared/errors/index.ts';

/** Status words that end an APDU answer. FIDO U2F Raw Message Formats §3.3. */
export const STATUS_WORD = {
  NO_ERROR: 0x9000,
  /** A touch is needed first. For check-only: the key handle is known. */
  CONDITIONS_NOT_SATISFIED: 0x6985,
  /** The key handle is not of this authenticator and application. */
  WRONG_DATA: 0x6a80,
  WRONG_LENGTH: 0x6700,
  CLA_NOT_SUPPORTED: 0x6e00,
  INS_NOT_SUPPORTED: 0x6d00,
  OTHER: 0x6f00,
} as const;

export type StatusWordName = keyof typeof STATUS_WORD;

const CODES: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [STATUS_WORD.CONDITIONS_NOT_SATISFIED, 'authenticator.touch_required'],
  [STATUS_WORD.WRONG_DATA, 'authenticator.no_credentials'],
  [STATUS_WORD.WRONG_LENGTH, 'authenticator.invalid_length'],
  [STATUS_WORD.CLA_NOT_SUPPORTED, 'authenticator.invalid_command'],
  [STATUS_WORD.INS_NOT_SUPPORTED, 'authenticator.invalid_command'],
  [STATUS_WORD.OTHER, 'authenticator.failed'],
]);

/** An authenticator answered an APDU with a status word other than 0x9000. */
export class ApduError extends KeywrightError {
  /** The status word as it came. */
  readonly statusWord: number;

  constructor(statusWord: number) {
    super(CODES.get(statusWord) ?? 'authenticator.unknown_status', { details: { statusWord } });
    this.statusWord = statusWord;
  }

  /** True when the error is an answer with one of these status words. */
  static is(error: unknown, ...names: StatusWordName[]): boolean {
    return error instanceof ApduError && names.some((name) => STATUS_WORD[name] === error.statusWord);
  }
}

/** A command as ISO 7816-4 has it; class 0 and parameters 0 where they are not given. */
export type Apdu = { cla?: number; ins: number; p1?: number; p2?: number; data?: Uint8Array };

const LONGEST = 0xffff;

/**
 * Encodes a command with lengths of two bytes and room for any answer, as CTAPHID wants it. FIDO U2F Raw Message
 * Formats §3.1; CTAP 2.2 §11.2.9.1.1.
 * @throws RangeError when the data is longer than 65535 bytes
 */
export function encodeApdu({ cla = 0, ins, p1 = 0, p2 = 0, data = new Uint8Array() }: Apdu): Uint8Array {
  if (data.length > LONGEST) throw new RangeError(`The data of an APDU has at most ${LONGEST} bytes.`);
  const length = [data.length >> 8, data.length & 0xff];
  return Buffer.concat([Uint8Array.of(cla, ins, p1, p2, 0, ...length), data, Uint8Array.of(0, 0)]);
}

/**
 * Takes the data out of an answer.
 * @throws ApduError for every status word but 0x9000
 * @throws KeywrightError `authenticator.malformed_answer` for an answer without a status word
 */
export function decodeApduAnswer(answer: Uint8Array): Uint8Array {
  const end = answer.length - 2;
  if (end < 0) throw new KeywrightError('authenticator.malformed_answer');
  const view = new DataView(answer.buffer, answer.byteOffset, answer.byteLength);
  const statusWord = view.getUint16(end);
  if (statusWord !== STATUS_WORD.NO_ERROR) throw new ApduError(statusWord);
  return answer.subarray(0, end);
}
