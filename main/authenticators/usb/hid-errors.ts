import { type ErrorCode, KeywrightError } from '../../../shared/errors/index.ts';

const ERRNO: Readonly<Record<string, ErrorCode>> = {
  EACCES: 'authenticator.no_permission',
  EPERM: 'authenticator.no_permission',
  EBUSY: 'authenticator.busy',
  ENOENT: 'authenticator.removed',
  ENODEV: 'authenticator.removed',
  ENXIO: 'authenticator.removed',
  EIO: 'authenticator.removed',
};

/** What the HID library says on each system; it has no codes. */
const SENTENCES: readonly (readonly [RegExp, ErrorCode])[] = [
  [
    /permission denied|operation not permitted|access is denied|0x00000005|0xE00002(C1|E2)/i,
    'authenticator.no_permission',
  ],
  [/resource busy|sharing violation|0x00000020|0xE00002C5|exclusive access/i, 'authenticator.busy'],
  [
    /no such (file|device)|not connected|disconnected|has been closed|0x0000048F|0xE00002C0/i,
    'authenticator.removed',
  ],
];

/** The code for an error of Node's file system; null where it is none of those that a device can cause. */
export function codeOfErrno(error: unknown): ErrorCode | null {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' ? (ERRNO[code] ?? null) : null;
}

/** Turns a failure of the HID library into an error of ours; `otherwise` is the code for an unknown sentence. */
export function fromHidError(cause: unknown, otherwise: ErrorCode): KeywrightError {
  const sentence = cause instanceof Error ? cause.message : String(cause);
  const known = SENTENCES.find(([pattern]) => pattern.test(sentence));
  return new KeywrightError(known?.[1] ?? otherwise, { cause });
}
