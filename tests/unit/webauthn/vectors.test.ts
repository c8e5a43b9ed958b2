import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KeywrightError } from '../../../shared/errors/index.ts';
import {
  authenticateVector,
  loadVectors,
  registerVector,
  trustVectors,
  VECTORS_PRESENT,
  type VectorFile,
} from './vectors.ts';

const PASSES = 'pass';

/** What becomes of each vector. A refusal is told by its code and the library's reason. */
const OUTCOMES: Record<string, string> = {
  'none-es256': PASSES,
  'packed-self-es256': PASSES,
  'none-es256-crossOrigin': PASSES,
  'none-es256-topOrigin': PASSES,
  'none-es256-long-credential-id': PASSES,
  'packed-es256': PASSES,
  'packed-es384': PASSES,
  'packed-es512': PASSES,
  'packed-rs256': PASSES,
  'packed-eddsa': PASSES,
  'packed-ed448': PASSES,
  // The vector's manufacturer is a made-up one. Accepting it would accept it from anyone.
  'tpm-es256': 'auth.attestation_invalid: Could not match TPM manufacturer "id:00000000" (TPM)',
  'android-key-es256': PASSES,
  'apple-es256': PASSES,
  // U2F has no AAGUID: real ones are all zero, and the library insists; the vector's is random.
  'fido-u2f-es256': 'auth.attestation_invalid: AAGUID "2.335482741825557e+38" was not expected value',
};

async function outcome(file: VectorFile, id: string): Promise<string> {
  const vector = file.vectors.find((candidate) => candidate.id === id);
  if (vector === undefined) return 'missing';
  try {
    await authenticateVector(file, vector, await registerVector(file, vector));
    return PASSES;
  } catch (error) {
    if (!(error instanceof KeywrightError)) return String(error);
    const reason = error.cause instanceof Error ? error.cause.message : 'no reason given';
    return `${error.code}: ${reason}`;
  }
}

describe('the 15 test vectors of WebAuthn Level 3', () => {
  let file: VectorFile;
  beforeEach((context) => {
    context.skip(!VECTORS_PRESENT, '../shared/vectors/webauthn-level3.json is absent');
  });
  beforeAll(async () => {
    if (!VECTORS_PRESENT) return;
    file = loadVectors();
    await trustVectors(file);
  });

  it('are these', () => {
    expect(file.vectors.map(({ id }) => id).toSorted()).toEqual(Object.keys(OUTCOMES).toSorted());
  });

  it('pass, or are refused for a reason that is known', async () => {
    const seen: Record<string, string> = {};
    for (const { id } of file.vectors) seen[id] = await outcome(file, id);
    const lines = Object.entries(seen).map(([id, result]) => `  ${id.padEnd(30)} ${result}`);
    const passed = Object.values(seen).filter((result) => result === PASSES).length;
    console.log(`WebAuthn Level 3 test vectors: ${passed} of ${lines.length} pass\n${lines.join('\n')}`);
    expect(seen).toEqual(OUTCOMES);
  });
});
