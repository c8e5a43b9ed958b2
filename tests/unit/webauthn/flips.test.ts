import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { VerifiedRegistration } from '../../../main/webauthn/index.ts';
import { KeywrightError } from '../../../shared/errors/index.ts';
import {
  authenticateVector,
  loadVectors,
  registerVector,
  trustVectors,
  VECTORS_PRESENT,
  type Vector,
  type VectorFile,
  VectorMismatch,
} from './vectors.ts';

const NO_VECTORS = '../shared/vectors/webauthn-level3.json is absent';

/** Every byte of every field has its last bit flipped; in fields that are not long, all its bits as well. */
const LONG = 256;
const masksFor = (bytes: Uint8Array) => (bytes.length > LONG ? [0x01] : [0x01, 0xff]);

/** The vectors that pass unchanged; `vectors.test.ts` says so. */
const PASSING = [
  'none-es256',
  'packed-self-es256',
  'none-es256-crossOrigin',
  'none-es256-topOrigin',
  'none-es256-long-credential-id',
  'packed-es256',
  'packed-es384',
  'packed-es512',
  'packed-rs256',
  'packed-eddsa',
  'packed-ed448',
  'android-key-es256',
  'apple-es256',
];

/**
 * The flips that nobody can detect. Nothing signs the clientDataJSON of a registration without attestation, so
 * a change that is still valid JSON and says the same about all that is checked leaves no trace:
 * - in the name of a member that is left at what its absence means: "crossOrigin":false turns into an unknown
 *   member; "crossOrigin":true likewise, where a frame is allowed but not demanded; "topOrigin" likewise,
 *   because browsers without it report a frame without its name;
 * - in the name or the text of the unknown member "extraData", which is not looked at.
 * Each entry is the text that may change, as it stands in the JSON.
 */
const UNSIGNED: Record<string, string[]> = {
  'none-es256': ['crossOrigin', 'extraData', extraData('BkQeDjdcTBrXBiAwJTLE5Q')],
  'none-es256-crossOrigin': ['crossOrigin', 'extraData', extraData('zZquEtDR9DWqpW5tBWTFug')],
  'none-es256-topOrigin': ['topOrigin'],
  'none-es256-long-credential-id': ['crossOrigin'],
};

function extraData(text: string): string {
  return `clientDataJSON may be extended with additional fields in the future, such as this: ${text}`;
}

/** The positions of the texts above, one line for each flip. */
function undetectable(vector: Vector): string[] {
  const json = Buffer.from(vector.registration.clientDataJSON).toString();
  return (UNSIGNED[vector.id] ?? []).flatMap((text) => {
    const start = json.indexOf(`"${text}"`) + 1;
    expect(start).toBeGreaterThan(0);
    return Array.from(text, (_, i) => line('registration', 'clientDataJSON', start + i, 0x01));
  });
}

function line(ceremony: string, field: string, at: number, mask: number): string {
  return `${ceremony}.${field}[${at}] ^ 0x${mask.toString(16).padStart(2, '0')}`;
}

/** All ways to flip one byte of one field. */
function* flips<F extends Record<string, Uint8Array>>(fields: F): Generator<[string, number, number, F]> {
  for (const [field, bytes] of Object.entries(fields)) {
    for (let at = 0; at < bytes.length; at += 1) {
      for (const mask of masksFor(bytes)) {
        const flipped = Uint8Array.from(bytes);
        flipped[at] = (flipped[at] ?? 0) ^ mask;
        yield [field, at, mask, { ...fields, [field]: flipped }];
      }
    }
  }
}

describe('a vector with one byte flipped', () => {
  let file: VectorFile;
  let tried = 0;
  beforeEach((context) => {
    context.skip(!VECTORS_PRESENT, NO_VECTORS);
  });
  beforeAll(async () => {
    if (!VECTORS_PRESENT) return;
    file = loadVectors();
    await trustVectors(file);
  });
  afterAll(() => {
    if (VECTORS_PRESENT) console.log(`Flipped bytes of the WebAuthn Level 3 test vectors: ${tried} tried`);
  });

  async function passes(vector: Vector, registered?: VerifiedRegistration): Promise<boolean> {
    tried += 1;
    try {
      await authenticateVector(file, vector, registered ?? (await registerVector(file, vector)));
      return true;
    } catch (error) {
      // Bad bytes must end as a refusal, never as a fault of the verifier.
      if (error instanceof KeywrightError || error instanceof VectorMismatch) return false;
      throw error;
    }
  }

  it.each(PASSING)(
    'fails: %s',
    async (id) => {
      const vector = file.vectors.find((candidate) => candidate.id === id);
      if (vector === undefined) throw new Error('This vector is missing.');
      // The authentication is checked against the registration as it should be.
      const registered = await registerVector(file, vector);
      expect(await passes(vector, registered)).toBe(true);
      const missed: string[] = [];
      for (const [field, at, mask, registration] of flips(vector.registration)) {
        if (await passes({ ...vector, registration })) missed.push(line('registration', field, at, mask));
      }
      for (const [field, at, mask, authentication] of flips(vector.authentication)) {
        if (await passes({ ...vector, authentication }, registered)) {
          missed.push(line('authentication', field, at, mask));
        }
      }
      expect(missed).toEqual(undetectable(vector));
    },
    120_000,
  );
});
