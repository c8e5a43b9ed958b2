import { codePoints, MAX_PIN_BYTES } from '../../ctap/index.ts';

/**
 * The bytes of a PIN as typed: UTF-8 of its NFC form. CTAP 2.2 §6.5.1. The receiver zeroes them.
 */
export function pinToBytes(typed: string): Uint8Array {
  // Not by Buffer, which would leave a copy in the memory that buffers share.
  return new TextEncoder().encode(typed.normalize('NFC'));
}

/**
 * What is wrong with a new PIN, before an authenticator sees it.
 * @param minLength Unicode code points
 * @param maxLength Unicode code points; null where only the bytes count
 */
export function pinProblem(
  pin: Uint8Array,
  minLength: number,
  maxLength: number | null = null,
): 'tooShort' | 'tooLong' | null {
  const length = codePoints(pin);
  if (pin.length > MAX_PIN_BYTES || (maxLength !== null && length > maxLength)) return 'tooLong';
  return length < minLength ? 'tooShort' : null;
}
