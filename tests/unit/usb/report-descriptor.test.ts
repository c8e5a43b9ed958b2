import { describe, expect, it } from 'vitest';
import { isFidoDescriptor } from '../../../main/authenticators/usb/report-descriptor.ts';

function bytes(hex: string): Uint8Array {
  return Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');
}

// The example of CTAP 2.2 §11.2.8.2, as most keys have it.
const FIDO = '06d0f1 0901 a101 0920 1500 26ff00 7508 9540 8102 0921 1500 26ff00 7508 9540 9102 c0';
const KEYBOARD =
  '0501 0906 a101 0507 19e0 29e7 1500 2501 7501 9508 8102 9501 7508 8101 9505 7501 0508 1901 2905 9102 c0';

describe('the report descriptor of a HID device', () => {
  it('tells a FIDO authenticator', () => {
    expect(isFidoDescriptor(bytes(FIDO))).toBe(true);
  });

  it('tells what is none', () => {
    expect(isFidoDescriptor(bytes(KEYBOARD))).toBe(false);
    expect(isFidoDescriptor(new Uint8Array())).toBe(false);
    // The same page with another usage, and the same usage of another page.
    expect(isFidoDescriptor(bytes('06d0f1 0902 a101 c0'))).toBe(false);
    expect(isFidoDescriptor(bytes('06d0f0 0901 a101 c0'))).toBe(false);
    // A usage that names no collection.
    expect(isFidoDescriptor(bytes('06d0f1 0901 8102 a101 c0'))).toBe(false);
  });

  it('tells an authenticator that is a keyboard as well', () => {
    expect(isFidoDescriptor(bytes(KEYBOARD + FIDO))).toBe(true);
  });

  it('follows usages of four bytes, pushed pages and long items', () => {
    expect(isFidoDescriptor(bytes('0b0100d0f1 a101 c0'))).toBe(true);
    expect(isFidoDescriptor(bytes('06d0f1 a4 0501 b4 0901 a101 c0'))).toBe(true);
    expect(isFidoDescriptor(bytes('06d0f1 a4 0501 0901 a101 c0'))).toBe(false);
    expect(isFidoDescriptor(bytes(`fe0310 a1a1a1 ${FIDO}`))).toBe(true);
    expect(isFidoDescriptor(bytes('fe0910 06d0f1 0901 a101 c0'))).toBe(false);
  });

  it('is read as far as it goes, at every length', () => {
    const whole = bytes(FIDO);
    for (let length = 0; length < whole.length; length += 1) {
      expect(isFidoDescriptor(whole.subarray(0, length))).toBe(length >= 7);
    }
    expect(isFidoDescriptor(bytes('fe'))).toBe(false);
  });
});
