import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { z } from 'zod';
import { KeywrightError } from '../../../shared/errors/index.ts';
import { Bytes, bytesOf, cborMap, decodeCanonicalCbor, encodeCbor, mapOf } from '../../ctap/index.ts';

/** End of the name of a software key's file. */
export const KEY_FILE_SUFFIX = '.swkey';

/**
 * A software key's file as it lies on the disk: everything but `sealed` is in clear, because it is needed
 * before the PIN is known. Layout: 8 bytes of magic, one canonical CBOR map, SHA-256 of all before.
 * The hash finds damage; only the seal, which covers the fixed part of the header, finds forgery.
 */
export type KeyFile = {
  /**
   * 1, or 2 since there is forcePINChange and more in the sealed part. What was read keeps its format, which the seal
   * covers, until it is sealed anew.
   */
  format: 1 | typeof LATEST_FORMAT;
  keyId: string;
  kdf: ScryptParameters;
  /** 32 bytes, new with every PIN. */
  salt: Uint8Array;
  /** The one field that changes while the key is locked; it is outside the seal for that reason. */
  pinRetries: number;
  /** Unicode code points. */
  minPINLength: number;
  /** The PIN must be changed before it can be used. */
  forcePINChange: boolean;
  /** AES-256-GCM: 12 bytes nonce, ciphertext, 16 bytes tag. */
  sealed: Uint8Array;
};

/** What of a file the seal covers, besides the sealed part. */
export type KeyFileHeader = Omit<KeyFile, 'sealed' | 'pinRetries'>;

/** Cost of scrypt (RFC 7914 §2). */
export type ScryptParameters = { N: number; r: number; p: number };

const TEMPORARY = /\.swkey\.[0-9a-f]{16}\.tmp$/;

/** True for the name of a file that {@link writeKeyFile} had begun when it was interrupted. */
export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name);
}

const MAGIC = Buffer.from('KWSWKEY\n');
/** The format in which files are written. */
export const LATEST_FORMAT = 2;
const HASH = 32;
const MAX_FILE = 8 * 1024 * 1024;

const Version = mapOf({ 1: z.int().positive() });
const FIRST_FORMAT = {
  1: z.literal(1),
  2: z.uuid(),
  // Bounds keep a foreign file from asking for all memory, or for no work at all.
  3: mapOf({
    1: z.union([16384, 32768, 65536, 131072].map((cost) => z.literal(cost))),
    2: z.int().min(8).max(16),
    3: z.int().min(1).max(8),
  }),
  4: bytesOf(32),
  5: z.literal(true),
  6: z.int().min(0).max(8),
  7: z.int().min(4).max(63),
  8: Bytes.refine((bytes) => bytes.length > 28),
};
const Header = z.union([
  mapOf(FIRST_FORMAT).transform((fields) => ({ ...fields, 9: false })),
  mapOf({ ...FIRST_FORMAT, 1: z.literal(LATEST_FORMAT), 9: z.boolean() }),
]);

/** The part of the header that the seal covers: every field but the PIN retries. */
export function sealedHeader(file: KeyFileHeader): Uint8Array {
  return encodeCbor(cborMap(fixedFields(file)));
}

function fixedFields(file: KeyFileHeader) {
  return [
    [1, file.format],
    [2, file.keyId],
    [
      3,
      new Map([
        [1, file.kdf.N],
        [2, file.kdf.r],
        [3, file.kdf.p],
      ]),
    ],
    [4, file.salt],
    [5, true],
    [7, file.minPINLength],
    [9, file.format === 1 ? undefined : file.forcePINChange],
  ] as const;
}

/** The bytes of a key file. */
export function encodeKeyFile(file: KeyFile): Buffer {
  const map = cborMap([...fixedFields(file), [6, file.pinRetries], [8, file.sealed]]);
  const content = Buffer.concat([MAGIC, encodeCbor(map)]);
  return Buffer.concat([content, createHash('sha256').update(content).digest()]);
}

/**
 * Reads the bytes of a key file.
 * @throws KeywrightError `authenticator.key_file_damaged`, `.key_file_newer`
 */
export function decodeKeyFile(bytes: Uint8Array, keyId: string): KeyFile {
  const content = bytes.subarray(0, -HASH);
  const hash = createHash('sha256').update(content).digest();
  const whole = bytes.length > MAGIC.length + HASH && hash.equals(bytes.subarray(-HASH));
  if (!whole || !MAGIC.equals(content.subarray(0, MAGIC.length))) throw damaged();
  try {
    const value = decodeCanonicalCbor(content.subarray(MAGIC.length));
    if (Version.parse(value)[1] > LATEST_FORMAT) throw new KeywrightError('authenticator.key_file_newer');
    const header = Header.parse(value);
    if (header[2] !== keyId) throw new TypeError('The file belongs to another key.');
    return {
      format: header[1],
      keyId: header[2],
      kdf: { N: header[3][1], r: header[3][2], p: header[3][3] },
      salt: header[4],
      pinRetries: header[6],
      minPINLength: header[7],
      forcePINChange: header[9],
      sealed: header[8],
    };
  } catch (cause) {
    throw cause instanceof KeywrightError ? cause : damaged(cause);
  }
}

/**
 * Reads a key file; null where there is none.
 * @throws KeywrightError `authenticator.key_file_damaged`, `.key_file_newer`, `store.read_only`
 */
export async function readKeyFile(path: string): Promise<KeyFile | null> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return null;
    throw hasCode(cause, 'ELOOP') ? damaged(cause) : diskError(cause);
  }
  try {
    const stat = await handle.stat();
    if (!stat.isFile() || stat.size > MAX_FILE) throw damaged();
    return decodeKeyFile(await handle.readFile(), basename(path, KEY_FILE_SUFFIX));
  } finally {
    await handle.close();
  }
}

/**
 * Writes a key file so that after a crash there is either the old one or the new one, whole. Mode 0600.
 * @throws KeywrightError `store.disk_full`, `store.read_only`
 */
export async function writeKeyFile(path: string, file: KeyFile): Promise<void> {
  const temporary = `${path}.${randomBytes(8).toString('hex')}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeDurably(temporary, encodeKeyFile(file));
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (cause) {
    // Why the write failed says more than why its remains could not be removed.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw diskError(cause);
  }
}

/** Deletes a key file, where there is one. @throws KeywrightError `store.read_only` */
export async function removeKeyFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
    await syncFolder(dirname(path));
  } catch (cause) {
    if (!hasCode(cause, 'ENOENT')) throw diskError(cause);
  }
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  // Windows can neither open nor flush a folder; its rename is already journalled.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function damaged(cause?: unknown): KeywrightError {
  return new KeywrightError('authenticator.key_file_damaged', { cause });
}

function diskError(cause: unknown): KeywrightError {
  const full = hasCode(cause, 'ENOSPC') || hasCode(cause, 'EDQUOT');
  return new KeywrightError(full ? 'store.disk_full' : 'store.read_only', { cause });
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
