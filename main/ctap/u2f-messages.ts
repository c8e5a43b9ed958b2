import { KeywrightError } from '../../shared/errors/index.ts';

/** A new U2F credential. FIDO U2F Raw Message Formats §4.3. */
export type U2fRegistration = {
  /** Uncompressed point on P-256, 65 bytes: 0x04, x, y */
  publicKey: Uint8Array;
  keyHandle: Uint8Array;
  /** Attestation certificate, DER */
  certificate: Uint8Array;
  /** ECDSA, DER */
  signature: Uint8Array;
};

/** A U2F signature. FIDO U2F Raw Message Formats §5.4. */
export type U2fSignature = {
  /** Bit 0: a person was present. */
  userPresence: number;
  counter: number;
  /** ECDSA, DER */
  signature: Uint8Array;
};

const RESERVED = 0x05;
const UNCOMPRESSED = 0x04;
const POINT = 65;
const SEQUENCE = 0x30;
const LONG_FORM = 0x80;

/**
 * Reads the answer to U2F_REGISTER. FIDO U2F Raw Message Formats §4.3.
 * @throws KeywrightError `authenticator.malformed_answer`
 */
export function parseU2fRegistration(data: Uint8Array): U2fRegistration {
  const handleAt = 1 + POINT + 1;
  const certificateAt = handleAt + (data[handleAt - 1] ?? 0);
  const keyHandle = data.subarray(handleAt, certificateAt);
  if (data[0] !== RESERVED || data[1] !== UNCOMPRESSED || keyHandle.length === 0) throw malformed();
  const signatureAt = certificateAt + derLength(data.subarray(certificateAt));
  const signature = data.subarray(signatureAt);
  if (signature.length === 0) throw malformed();
  return {
    publicKey: data.subarray(1, 1 + POINT),
    keyHandle,
    certificate: data.subarray(certificateAt, signatureAt),
    signature,
  };
}

/**
 * Reads the answer to U2F_AUTHENTICATE. FIDO U2F Raw Message Formats §5.4.
 * @throws KeywrightError `authenticator.malformed_answer`
 */
export function parseU2fSignature(data: Uint8Array): U2fSignature {
  if (data.length < 6) throw malformed();
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return { userPresence: view.getUint8(0), counter: view.getUint32(1), signature: data.subarray(5) };
}

/** Length of the DER sequence that the bytes begin with, with its head. The certificate carries no other length. */
function derLength(bytes: Uint8Array): number {
  const [tag, short] = bytes;
  if (tag !== SEQUENCE || short === undefined) throw malformed();
  if (short < LONG_FORM) return 2 + short;
  const digits = bytes.subarray(2, 2 + (short - LONG_FORM));
  if (digits.length === 0 || digits.length > 2 || digits.length !== short - LONG_FORM) throw malformed();
  return 2 + digits.length + digits.reduce((length, digit) => length * 256 + digit, 0);
}

function malformed(): KeywrightError {
  return new KeywrightError('authenticator.malformed_answer');
}
