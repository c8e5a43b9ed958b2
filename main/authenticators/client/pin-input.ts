import { codePoints, MAX_PIN_BYTES } from '../../ctap/index.ts';

/**
 * The bytes of a PIN as typed: UTF-8 of its NFC form. CTAP 2.2 §6.5.1. The receiver zeroes them.
 */
export function pinToBytes(typed: string): Uint8Array {
  return new Uint8Array(Buffer.from(typed.normalize('NFC'), 'utf8'));
}

/**
 * What is wrong with a new PIN, before an authenticator sees it.
 * @param minLength Unicode code points
 */
export function pinProblem(pin: Uint8Array, minLength: number): 'tooShort' | 'tooLong' | null {
  if (pin.length > MAX_PIN_BYTES) return 'tooLong';
  return codePoints(pin) < minLength ? 'tooShort' : null;
}
