import type { OperationStatus } from '../../../shared/contract/index.ts';

type PinAsk = NonNullable<OperationStatus['pin']>;
export type PinProblem = 'empty' | 'tooShort' | 'tooLong' | 'differs';

/**
 * What is wrong with a PIN as typed, before it is sent; null when nothing is. The length counts Unicode code
 * points in NFC, the limit counts UTF-8 bytes, and code points too where the key says so (CTAP 2.2 §6.5.1). A PIN
 * that is there may be older than these rules. The authenticator decides in the end.
 */
export function pinProblem(
  pin: string,
  repeat: string | null,
  ask: Pick<PinAsk, 'ask' | 'minLength' | 'maxLength' | 'maxBytes'>,
): PinProblem | null {
  const normal = pin.normalize('NFC');
  if (normal === '') return 'empty';
  if (new TextEncoder().encode(normal).length > ask.maxBytes) return 'tooLong';
  const length = [...normal].length;
  if (ask.ask !== 'enter' && length < ask.minLength) return 'tooShort';
  if (ask.ask !== 'enter' && length > (ask.maxLength ?? length)) return 'tooLong';
  if (repeat !== null && repeat.normalize('NFC') !== normal) return 'differs';
  return null;
}
