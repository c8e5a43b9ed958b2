import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AuthenticatorInfo,
  type CborValue,
  decodeCbor,
  encodeCbor,
  isLargeBlobOf,
  LargeBlobs,
  openLargeBlob,
  sealLargeBlob,
} from '../../../main/ctap/index.ts';
import { bytes, clientOf, hex, infoWith, mapOf, text, tokenOf, vectors } from './helpers.ts';

const key = new Uint8Array(32).fill(1);
const otherKey = new Uint8Array(32).fill(2);
const hashOf = (data: Uint8Array) => createHash('sha256').update(data).digest().subarray(0, 16);
const serialized = (elements: CborValue[]) => {
  const array = encodeCbor(elements);
  return Buffer.concat([array, hashOf(array)]);
};

const options = new Map([['largeBlobs', true]]);
const infoSaying = (maxMsgSize: number) =>
  AuthenticatorInfo.parse(
    mapOf({ 1: ['FIDO_2_1'], 3: new Uint8Array(16), 4: options, 5: maxMsgSize, 11: 4096 }),
  );
const info = infoSaying(1024);

/** An authenticator's storage of large blobs, as CTAP 2.2 §6.10.2 describes it. */
function storage(stored: Buffer = serialized([]), version = 2) {
  let pending = Buffer.alloc(0);
  let expected = 0;
  const state = { stored };
  const { ctap, device } = clientOf((_command, parameters) => {
    const [get, set, offset] = [parameters.get(1), parameters.get(2), Number(parameters.get(3))];
    if (typeof get === 'number')
      return mapOf({ 1: new Uint8Array(state.stored.subarray(offset, offset + get)) });
    if (!(set instanceof Uint8Array)) return 0x02;
    if (offset === 0) {
      pending = Buffer.alloc(0);
      expected = Number(parameters.get(4));
    }
    if (offset !== pending.length || (offset > 0 && parameters.has(4))) return 0x04;
    pending = Buffer.concat([pending, set]);
    if (pending.length === expected) state.stored = pending;
    return undefined;
  });
  return { blobs: new LargeBlobs(ctap, info, tokenOf(version)), device, state };
}

describe('the large-blob array', () => {
  it.each([1, 2] as const)(
    'is read and written in the fragments of python-fido2, protocol %i',
    async (version) => {
      const vector = vectors.largeBlobs[version];
      const { blobs, device, state } = storage(Buffer.from(vector.array, 'hex'), version);
      const { elements, intact } = await blobs.readArray();
      expect(intact).toBe(true);
      expect(device.requests.splice(0)).toEqual(vector.reads);
      state.stored = serialized([]);
      await blobs.writeArray(elements);
      expect(state.stored.toString('hex')).toBe(vector.array);
      // python-fido2 0.9.1 sends the wrong length (4): all of it must be named with the first fragment, and only there.
      const requests = device.requests.map((request) => decodeCbor(bytes(request.slice(2))));
      const theirs = vector.writes.map((request) => decodeCbor(bytes(request.slice(2))));
      for (const map of [...requests, ...theirs]) if (map instanceof Map) map.delete(4);
      expect(requests).toEqual(theirs);
      expect(device.requests[0]).toContain(
        hex(Buffer.concat([Buffer.of(4), encodeCbor(state.stored.length)])),
      );
    },
  );

  it('may end where a fragment ends', async () => {
    const { blobs, device } = storage(serialized([new Uint8Array(960 - 16 - 4)]));
    expect((await blobs.readArray()).elements).toHaveLength(1);
    expect(device.requests).toHaveLength(2);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['too little', Buffer.alloc(16)],
    ['another hash', Buffer.concat([Buffer.of(0x80), Buffer.alloc(16)])],
  ])('counts as empty with %s', async (_what, stored) => {
    expect(await storage(stored).blobs.readArray()).toEqual({ elements: [], intact: false });
  });

  it('is refused where its hash holds and it is no array, or no CBOR of CTAP2', async () => {
    for (const array of [Buffer.of(0xa0), Buffer.of(0x9f, 0xff), Buffer.of(0x80, 0x80)]) {
      const { blobs } = storage(Buffer.concat([array, hashOf(array)]));
      await expect(blobs.readArray()).rejects.toMatchObject({ code: 'authenticator.malformed_answer' });
    }
  });

  it('is not read for ever, nor in larger pieces than were asked for', async () => {
    for (const size of [960, 961]) {
      const { ctap, device } = clientOf(() => mapOf({ 1: new Uint8Array(size) }));
      const reading = new LargeBlobs(ctap, info, null).readArray();
      await expect(reading).rejects.toMatchObject({ code: 'authenticator.malformed_answer' });
      expect(device.requests.length).toBeLessThan(1200);
    }
  });

  it('is not written where it does not fit', async () => {
    const { blobs, device } = storage();
    await expect(blobs.writeArray([new Uint8Array(4096)])).rejects.toMatchObject({
      code: 'authenticator.large_blob_full',
    });
    expect(device.requests).toEqual([]);
  });

  it('is written without a proof where there is no token', async () => {
    const { ctap, device } = clientOf(() => undefined);
    await new LargeBlobs(ctap, info, null).writeArray([]);
    const [request = ''] = device.requests;
    expect(decodeCbor(bytes(request.slice(2)))).toEqual(
      mapOf({ 2: new Uint8Array(serialized([])), 3: 0, 4: 17 }),
    );
  });

  it('is not there without its option, and its fragments keep to what a message can carry', async () => {
    const { ctap, device } = clientOf(() => mapOf({ 1: new Uint8Array() }));
    expect(() => new LargeBlobs(ctap, infoWith({}), null)).toThrow(
      expect.objectContaining({ code: 'authenticator.unsupported_option' }),
    );
    for (const said of [1, 1e9]) await new LargeBlobs(ctap, infoSaying(said), null).readArray();
    const asked = device.requests.map((request) => decodeCbor(bytes(request.slice(2))));
    expect(asked).toEqual([mapOf({ 1: 960, 3: 0 }), mapOf({ 1: 7545, 3: 0 })]);
  });
});

describe('the blob of a credential', () => {
  it('is opened as others seal it', () => {
    const { key: theirs, entry, plain } = vectors.largeBlobEntry;
    expect(openLargeBlob(bytes(theirs), decodeCbor(bytes(entry)))?.toString('hex')).toBe(plain);
  });

  it('comes back as it was sealed, and only with its key', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (plain) => {
        const sealed = decodeCbor(encodeCbor(sealLargeBlob(key, plain)));
        expect(openLargeBlob(key, sealed)).toEqual(Buffer.from(plain));
        expect(openLargeBlob(otherKey, sealed)).toBeNull();
        expect(isLargeBlobOf(otherKey, sealed)).toBe(false);
      }),
    );
  });

  it('is not opened when anything in it was changed', () => {
    const sealed = sealLargeBlob(key, text('secret'));
    const whole = sealed.get(1);
    if (!(whole instanceof Uint8Array)) throw new Error('no bytes');
    for (let i = 0; i < whole.length; i += 1) {
      const changed = Uint8Array.from(whole);
      changed[i] = (changed[i] ?? 0) ^ 1;
      expect(openLargeBlob(key, new Map([...sealed, [1, changed]]))).toBeNull();
    }
    expect(openLargeBlob(key, new Map([...sealed, [3, 7]]))).toBeNull();
    expect(openLargeBlob(key, new Map([...sealed, [2, new Uint8Array(13)]]))).toBeNull();
    expect(openLargeBlob(key, new Map([...sealed, [1, new Uint8Array(15)]]))).toBeNull();
    for (const element of [0, 'text', null, [], new Map()]) expect(openLargeBlob(key, element)).toBeNull();
  });

  it('is put, replaced, got and deleted, and everything else in the array stays as it is', async () => {
    const foreign = [sealLargeBlob(otherKey, text('theirs')), 'what nobody knows', mapOf({ 1: 2 })];
    const { blobs, state } = storage(serialized(foreign));
    expect(await blobs.get(key)).toBeNull();
    expect(await blobs.delete(key)).toBe(false);
    await blobs.put(key, randomBytes(1500));
    await blobs.put(key, text('ours'));
    expect((await blobs.get(key))?.toString()).toBe('ours');
    expect((await blobs.get(otherKey))?.toString()).toBe('theirs');
    expect((await blobs.readArray()).elements).toHaveLength(4);
    expect(await blobs.delete(key)).toBe(true);
    expect(state.stored).toEqual(serialized(foreign));
  });
});
