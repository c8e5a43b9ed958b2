/**
 * Strict DER where the library's ASN.1 decoder is lenient: it accepts a sequence whose length is one short and
 * unused bits in a signature, so the same signature would have several spellings.
 */

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const CONSTRUCTED = 0x20;
/** OID 1.2.840.10045.4.3, ecdsa-with-SHA2, as it stands in a certificate. */
const ECDSA_WITH_SHA2 = Buffer.from('2a8648ce3d0403', 'hex');

type Element = { tag: number; content: Uint8Array };

/**
 * Checks an Ecdsa-Sig-Value (RFC 3279 §2.2.3): two positive integers, as short as they can be.
 * @throws {Error} when it is anything else
 */
export function requireEcdsaSignature(bytes: Uint8Array): void {
  const [sequence, ...more] = readElements(bytes);
  if (sequence?.tag !== SEQUENCE || more.length > 0) throw new Error('The signature is not one sequence.');
  const integers = readElements(sequence.content);
  if (integers.length !== 2 || !integers.every(isPositiveInteger)) {
    throw new Error('The signature is not two positive integers.');
  }
}

/**
 * Checks that the lengths in a certificate fit into each other, and that its signature is spelt as DER spells
 * it (RFC 5280 §4.1).
 * @throws {Error} when they do not
 */
export function requireCertificate(bytes: Uint8Array): void {
  const [certificate, ...more] = readElements(bytes);
  if (certificate?.tag !== SEQUENCE || more.length > 0)
    throw new Error('The certificate is not one sequence.');
  walk(certificate);
  const [, algorithm, signature, ...rest] = readElements(certificate.content);
  if (algorithm === undefined || signature?.tag !== BIT_STRING || rest.length > 0) {
    throw new Error('The certificate does not have three parts.');
  }
  if (signature.content[0] !== 0) throw new Error('The signature of the certificate has unused bits.');
  if (Buffer.from(algorithm.content).includes(ECDSA_WITH_SHA2)) {
    requireEcdsaSignature(signature.content.subarray(1));
  }
}

function walk({ tag, content }: Element): void {
  if ((tag & CONSTRUCTED) !== 0) readElements(content).forEach(walk);
}

function isPositiveInteger({ tag, content }: Element): boolean {
  const [first = 0x80, second = 0x80] = content;
  return tag === INTEGER && first < 0x80 && !(first === 0 && second < 0x80);
}

/** Reads elements until the bytes end exactly behind one (X.690 §8.1, §10.1). */
function readElements(bytes: Uint8Array): Element[] {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at] ?? 0;
    if ((tag & 0x1f) === 0x1f) throw new Error('A tag of several bytes has no place here.');
    const { start, length } = readLength(bytes, at + 1);
    if (start + length > bytes.length) throw new Error('An element is longer than what it is in.');
    elements.push({ tag, content: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return elements;
}

function readLength(bytes: Uint8Array, at: number): { start: number; length: number } {
  const first = bytes[at] ?? 0xff;
  if (first < 0x80) return { start: at + 1, length: first };
  const size = first & 0x7f;
  if (size < 1 || size > 3) throw new Error('A length is indefinite or too large.');
  const digits = bytes.subarray(at + 1, at + 1 + size);
  const length = digits.reduce((sum, digit) => sum * 256 + digit, 0);
  const shortest = length < 0x80 ? 0 : length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;
  if (digits.length !== size || size !== shortest) throw new Error('A length is not as short as it can be.');
  return { start: at + 1 + size, length };
}
