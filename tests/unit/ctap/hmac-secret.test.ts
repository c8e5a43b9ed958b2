import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type CborMap,
  ClientPin,
  HmacSecret,
  KeyAgreement,
  KeyAgreementKey,
  PIN_UV_AUTH_PROTOCOLS,
  type PinUvAuthProtocol,
  SharedSecret,
  toCoseKeyAgreement,
} from '../../../main/ctap/index.ts';
import { bytes, clientOf, mapOf, protocolOf, vectors } from './helpers.ts';

const first = Buffer.alloc(32, 1);
const second = Buffer.alloc(32, 2);

/** The authenticator's side: opens the salts as CTAP 2.2 says and seals an answer. */
class Authenticator {
  readonly keys = new KeyAgreement();
  readonly #protocol: PinUvAuthProtocol;

  constructor(protocol: PinUvAuthProtocol) {
    this.#protocol = protocol;
  }

  /** The salts, once their MAC holds. */
  open(input: CborMap): { salts: Buffer; seal: (plain: Uint8Array) => Buffer } {
    const key = KeyAgreementKey.parse(input.get(1));
    const secret = this.#protocol.kdf(this.keys.agree(key));
    const [saltEnc, saltAuth] = [input.get(2), input.get(3)];
    if (!(saltEnc instanceof Uint8Array) || !(saltAuth instanceof Uint8Array)) throw new Error('no bytes');
    expect(this.#protocol.verify(secret, saltEnc, saltAuth)).toBe(true);
    return {
      salts: this.#protocol.decrypt(secret, saltEnc),
      seal: (plain) => this.#protocol.encrypt(secret, plain),
    };
  }
}

describe.each(PIN_UV_AUTH_PROTOCOLS)('hmac-secret with protocol $version', (protocol) => {
  async function begin(salts: { first: Uint8Array; second?: Uint8Array }) {
    const authenticator = new Authenticator(protocol);
    const { ctap } = clientOf(() => mapOf({ 1: toCoseKeyAgreement(authenticator.keys.publicKey) }));
    const secret = await new ClientPin(ctap, protocol).sharedSecret();
    const hmacSecret = new HmacSecret(secret, salts);
    return { hmacSecret, ...authenticator.open(hmacSecret.input) };
  }

  it('seals one salt and opens one secret', async () => {
    const { hmacSecret, salts, seal } = await begin({ first });
    expect(salts).toEqual(first);
    const output = randomBytes(32);
    expect(hmacSecret.open(seal(output))).toEqual({ first: output, second: undefined });
  });

  it('seals two salts and opens two secrets', async () => {
    const { hmacSecret, salts, seal } = await begin({ first, second });
    expect(salts).toEqual(Buffer.concat([first, second]));
    expect(hmacSecret.open(seal(Buffer.concat([second, first])))).toEqual({ first: second, second: first });
  });

  it('refuses fewer or more secrets than salts, and what is no ciphertext', async () => {
    const { hmacSecret, seal } = await begin({ first });
    const malformed = expect.objectContaining({ code: 'authenticator.malformed_answer' });
    expect(() => hmacSecret.open(seal(Buffer.alloc(64)))).toThrow(malformed);
    expect(() => hmacSecret.open(seal(Buffer.alloc(16)))).toThrow(malformed);
    expect(() => hmacSecret.open(Buffer.alloc(7))).toThrow(malformed);
    expect(() => hmacSecret.open(Buffer.alloc(0))).toThrow(malformed);
  });

  it('names the protocol only where it is not the first', async () => {
    const { hmacSecret } = await begin({ first });
    expect([...hmacSecret.input.keys()]).toEqual(protocol.version === 1 ? [1, 2, 3] : [1, 2, 3, 4]);
    expect(hmacSecret.input.get(2)).toHaveLength(protocol.version === 1 ? 32 : 48);
  });

  it('takes no salt of another length', async () => {
    await expect(begin({ first: Buffer.alloc(31) })).rejects.toThrow(RangeError);
    await expect(begin({ first, second: Buffer.alloc(33) })).rejects.toThrow(RangeError);
  });

  it('can no longer open anything once it is wiped', async () => {
    const { hmacSecret, seal } = await begin({ first });
    const sealed = seal(Buffer.alloc(32, 9));
    hmacSecret.wipe();
    expect(hmacSecret.open(sealed).first).not.toEqual(Buffer.alloc(32, 9));
  });
});

describe('the cryptography of a protocol', () => {
  it.each([1, 2] as const)('%i is that of python-fido2', (version) => {
    const protocol = protocolOf(version);
    const vector = vectors.crypto[version];
    const secret = protocol.kdf(Buffer.from(vector.z, 'hex'));
    expect(secret.toString('hex')).toBe(vector.secret);
    expect(protocol.decrypt(secret, bytes(vector.sealed)).toString('hex')).toBe(vector.plain);
    expect(protocol.authenticate(secret, bytes(vector.message)).toString('hex')).toBe(vector.mac);
  });

  it('has no secret with a key that is not on the curve', () => {
    const theirs = { x: Buffer.alloc(32, 1), y: Buffer.alloc(32, 1) };
    expect(() => new SharedSecret(protocolOf(2), theirs)).toThrow(
      expect.objectContaining({ code: 'authenticator.malformed_answer' }),
    );
  });
});
