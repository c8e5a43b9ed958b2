import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { pinToBytes } from '../../../main/authenticators/index.ts';
import { decodeKeyFile } from '../../../main/authenticators/software/key-file.ts';
import { SoftwareDevice } from '../../../main/authenticators/software/software-device.ts';
import {
  COMMAND,
  CredentialManagement,
  type Ctap2,
  cborMap,
  getAssertionExtensions,
  LargeBlobs,
  makeCredentialExtensions,
  PERMISSION,
  type PinUvAuthToken,
} from '../../../main/ctap/index.ts';
import { systemClock } from '../../../main/platform/clock.ts';
import {
  assertion,
  clientPin,
  connect,
  HASH,
  keyWithPin,
  make,
  PIN,
  proof,
  RP_ID,
  statusOf,
  temporaryFolder,
  throwAwayKey,
  tokenFor,
} from './helpers.ts';

const { lbw, mc } = PERMISSION;
const wish = makeCredentialExtensions({ largeBlobKey: true });
const asked = getAssertionExtensions({ largeBlobKey: true });

async function blobsOf(ctap: Ctap2, token: PinUvAuthToken | null) {
  return new LargeBlobs(ctap, await ctap.getInfo(), token);
}

const hashOf = (array: Uint8Array) => createHash('sha256').update(array).digest().subarray(0, 16);

/** A serialized array of this length, whole or not. */
function serialized(length: number, whole = true): Buffer {
  const bytes = randomBytes(length - 16);
  return Buffer.concat([bytes, whole ? hashOf(bytes) : Buffer.alloc(16)]);
}

/** Writes one fragment, with a proof where there is a token. */
function writeFragment(
  ctap: Ctap2,
  set: Uint8Array,
  offset: number,
  options: { length?: number; token?: PinUvAuthToken } = {},
): Promise<Uint8Array> {
  const head = Buffer.alloc(38, 0xff);
  head.writeUInt16BE(0x0c00, 32);
  head.writeUInt32LE(offset, 34);
  const message = Buffer.concat([head, createHash('sha256').update(set).digest()]);
  const signed = options.token?.authenticate(message);
  const parameters = cborMap([
    [0x02, set],
    [0x03, offset],
    [0x04, options.length],
    [0x05, signed?.param],
    [0x06, signed?.protocol],
  ]);
  return ctap.send(COMMAND.largeBlobs, parameters);
}

describe('the large-blob array', () => {
  it('is empty and intact at first, and after a reset', async () => {
    const { ctap } = await throwAwayKey();
    expect(await ctap.getInfo()).toMatchObject({
      options: { largeBlobs: true },
      maxSerializedLargeBlobArray: 4096,
    });
    const blobs = await blobsOf(ctap, null);
    expect(await blobs.readArray()).toEqual({ elements: [], intact: true });
    await blobs.writeArray(['something']);
    expect(await blobs.readArray()).toEqual({ elements: ['something'], intact: true });
    await ctap.reset();
    expect(await blobs.readArray()).toEqual({ elements: [], intact: true });
  });

  it.each([1, 2] as const)('takes a token with lbw once there is a PIN (protocol %i)', async (version) => {
    const { ctap } = await keyWithPin();
    const without = await blobsOf(ctap, null);
    expect(await statusOf(without.writeArray([1]))).toBe('PUAT_REQUIRED');
    const wrong = await blobsOf(ctap, await tokenFor(ctap, mc, { rpId: RP_ID, version }));
    expect(await statusOf(wrong.writeArray([1]))).toBe('PIN_AUTH_INVALID');
    const blobs = await blobsOf(ctap, await tokenFor(ctap, lbw, { version }));
    await blobs.writeArray([1]);
    // Reading takes none.
    expect((await without.readArray()).elements).toEqual([1]);
  });

  it('is replaced only when its last fragment has come, in order and whole', async () => {
    const { ctap } = await keyWithPin();
    const token = await tokenFor(ctap, lbw);
    const read = async () =>
      Buffer.from(
        (
          await ctap.send(
            COMMAND.largeBlobs,
            cborMap([
              [1, 4096],
              [3, 0],
            ]),
          )
        ).subarray(-16),
      );
    const before = await read();
    const array = serialized(100);
    const write = (from: number, to: number, length?: number) =>
      writeFragment(ctap, array.subarray(from, to), from, {
        token,
        ...(length === undefined ? {} : { length }),
      });
    expect(await statusOf(write(40, 80))).toBe('INVALID_SEQ');
    await write(0, 40, 100);
    expect(await read()).toEqual(before);
    expect(await statusOf(write(41, 80))).toBe('INVALID_SEQ');
    await write(40, 80);
    expect(await statusOf(write(40, 80))).toBe('INVALID_SEQ');
    expect(await read()).toEqual(before);
    await write(80, 100);
    expect(await read()).toEqual(array.subarray(-16));
    expect(await statusOf(write(80, 100))).toBe('INVALID_SEQ');

    const broken = serialized(100, false);
    const refused = writeFragment(ctap, broken, 0, { token, length: 100 });
    expect(await statusOf(refused)).toBe('INTEGRITY_FAILURE');
    expect(await read()).toEqual(array.subarray(-16));
  });

  it('has a longest and a shortest length, and is read in fragments', async () => {
    const { ctap } = await throwAwayKey();
    const write = (set: Uint8Array, offset: number, length?: number) =>
      statusOf(writeFragment(ctap, set, offset, length === undefined ? {} : { length }));
    expect(await write(new Uint8Array(17), 0, 4097)).toBe('LARGE_BLOB_STORAGE_FULL');
    expect(await write(new Uint8Array(16), 0, 16)).toBe('INVALID_PARAMETER');
    expect(await write(new Uint8Array(17), 0)).toBe('INVALID_PARAMETER');
    expect(await write(new Uint8Array(18), 0, 17)).toBe('INVALID_PARAMETER');
    const array = serialized(4096);
    await writeFragment(ctap, array, 0, { length: 4096 });
    const send = (entries: Parameters<typeof cborMap>[0]) => ctap.send(COMMAND.largeBlobs, cborMap(entries));
    const part = await send([
      [1, 100],
      [3, 4000],
    ]);
    expect(Buffer.from(part).includes(array.subarray(4000))).toBe(true);
    expect(
      await statusOf(
        send([
          [1, 1],
          [3, 4097],
        ]),
      ),
    ).toBe('INVALID_PARAMETER');
    expect(
      await statusOf(
        send([
          [1, 7546],
          [3, 0],
        ]),
      ),
    ).toBe('INVALID_LENGTH');
    expect(await statusOf(send([[3, 0]]))).toBe('INVALID_PARAMETER');
    expect(
      await statusOf(
        send([
          [1, 1],
          [2, array],
          [3, 0],
        ]),
      ),
    ).toBe('INVALID_PARAMETER');
    expect(await statusOf(send([[1, 1]]))).toBe('MISSING_PARAMETER');
  });

  it('forgets a part that was written when power is lost', async () => {
    const { ctap, device } = await throwAwayKey();
    const array = serialized(40);
    await writeFragment(ctap, array.subarray(0, 20), 0, { length: 40 });
    await device.powerCycle();
    const again = await connect(device);
    expect(await statusOf(writeFragment(again.ctap, array.subarray(20), 20))).toBe('INVALID_SEQ');
  });
});

describe('largeBlobKey', () => {
  it('comes with a resident credential that was made for it, always the same', async () => {
    const { ctap } = await keyWithPin();
    const one = await make(ctap, { rk: true, user: 'one', extensions: wish, pinUvAuth: await proof(ctap) });
    const two = await make(ctap, { rk: true, user: 'two', extensions: wish, pinUvAuth: await proof(ctap) });
    const plain = await make(ctap, { rk: true, user: 'plain', pinUvAuth: await proof(ctap) });
    expect(one.largeBlobKey).toHaveLength(32);
    expect(two.largeBlobKey).not.toEqual(one.largeBlobKey);
    expect(plain.largeBlobKey).toBeUndefined();
    const keyOf = async (id: Uint8Array, extensions = asked) =>
      (await assertion(ctap, { ids: [id], extensions })).largeBlobKey;
    expect(await keyOf(one.credentialId)).toEqual(one.largeBlobKey);
    expect(await keyOf(two.credentialId)).toEqual(two.largeBlobKey);
    expect(await keyOf(plain.credentialId)).toBeUndefined();
    expect(await keyOf(one.credentialId, new Map())).toBeUndefined();
    const management = new CredentialManagement(
      ctap,
      await ctap.getInfo(),
      await tokenFor(ctap, PERMISSION.cm),
    );
    const listed = await management.enumerateCredentials(createHash('sha256').update(RP_ID).digest());
    expect(listed.map(({ largeBlobKey }) => largeBlobKey)).toEqual([
      one.largeBlobKey,
      two.largeBlobKey,
      undefined,
    ]);
  });

  it('is not for credentials that are not resident', async () => {
    const { ctap } = await throwAwayKey();
    expect(await statusOf(make(ctap, { extensions: wish }))).toBe('INVALID_OPTION');
    const no = new Map([['largeBlobKey', false]]);
    expect(await statusOf(make(ctap, { rk: true, extensions: no }))).toBe('INVALID_OPTION');
  });

  it('opens the blob of its credential, which one token can make and write', async () => {
    const { ctap } = await keyWithPin();
    const token = await tokenFor(ctap, mc | lbw, { rpId: RP_ID });
    const made = await make(ctap, { rk: true, extensions: wish, pinUvAuth: token.authenticate(HASH) });
    const key = made.largeBlobKey ?? new Uint8Array();
    // The touch has spent mc, and left lbw.
    expect(await statusOf(make(ctap, { pinUvAuth: token.authenticate(HASH) }))).toBe('PIN_AUTH_INVALID');
    const blobs = await blobsOf(ctap, token);
    await blobs.put(key, Buffer.from('a certificate'));
    expect(await blobs.get(key)).toEqual(Buffer.from('a certificate'));
    expect(await blobs.get(new Uint8Array(32))).toBeNull();
    expect(await blobs.delete(key)).toBe(true);
    expect(await blobs.get(key)).toBeNull();
  });
});

describe('a key with a file', () => {
  it('keeps array and largeBlobKey, and gives the array away only when it was unlocked', async () => {
    const keyId = '01920000-0000-7000-8000-000000000007';
    const path = join(await temporaryFolder(), `${keyId}.swkey`);
    const open = async () => {
      const file = await readFile(path).then(
        (bytes) => decodeKeyFile(bytes, keyId),
        () => null,
      );
      const device = new SoftwareDevice({ keyId, clock: systemClock, home: { path, file } });
      const timer = setInterval(() => device.touch(), 5);
      onTestFinished(async () => {
        clearInterval(timer);
        await device.close();
      });
      return { device, ...(await connect(device)) };
    };
    const first = await open();
    await clientPin(first.ctap).setPin(pinToBytes(PIN));
    const pinUvAuth = await proof(first.ctap);
    const made = await make(first.ctap, { rk: true, extensions: wish, pinUvAuth });
    const key = made.largeBlobKey ?? new Uint8Array();
    await (await blobsOf(first.ctap, await tokenFor(first.ctap, lbw))).put(key, Buffer.from('kept'));
    await first.device.close();

    const second = await open();
    const locked = await blobsOf(second.ctap, null);
    expect(await statusOf(locked.readArray())).toBe('PUAT_REQUIRED');
    const again = await proof(second.ctap);
    const ids = [made.credentialId];
    const signed = await assertion(second.ctap, { ids, extensions: asked, pinUvAuth: again });
    expect(await locked.get(signed.largeBlobKey ?? new Uint8Array())).toEqual(Buffer.from('kept'));
  });
});
