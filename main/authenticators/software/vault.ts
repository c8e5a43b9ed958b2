import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { KeywrightError } from '../../../shared/errors/index.ts';
import { type KeyFile, type KeyFileHeader, LATEST_FORMAT, removeKeyFile, writeKeyFile } from './key-file.ts';
import { decodeKeyState, type KeyState, newKeyState, wipeKeyState } from './key-state.ts';
import { KDF, scryptKey, seal, unseal } from './sealing.ts';

/** Tries in all before a key is locked for good. CTAP 2.2 §6.5.2.3. */
export const MAX_PIN_RETRIES = 8;

/** The rules for PINs that stand in clear, because they must be known while a key is locked. */
export type PinRules = Pick<KeyFile, 'minPINLength' | 'forcePINChange'>;

/** What is in memory while a key is unlocked. */
type Unlocked = {
  state: KeyState;
  /** Check of later PINs without scrypt: HMAC-SHA256 of the PIN hash under a random key. */
  pinCheck: { key: Buffer; digest: Buffer } | null;
  /** Seals the state in the file; null where there is no file yet. */
  fileKey: Buffer | null;
};

export type VaultOptions = {
  keyId: string;
  /** Path of the file; null for a throw-away key, which never touches the disk. */
  path: string | null;
  /** What the file holds now; null for a new key. */
  file: KeyFile | null;
  /** Unicode code points. */
  minPINLength: number;
  /** A key with a file locks itself after so long without use, ms. */
  idleLimit: number;
};

/**
 * The memory of one software key: its PIN, its retries and its secrets.
 *
 * A key with a file is unreadable without its PIN: the state is sealed under scrypt(PIN hash), and the right
 * PIN is the one that opens it. That takes about 100 ms, too long for every signature, so the open state, the
 * file key and a keyed digest of the PIN hash stay in memory while the key is plugged in, until the idle limit.
 * Every signature still needs the PIN; it is only compared with the digest, in constant time. The digest's key
 * is random and never leaves memory, so neither says anything to one who has only the disk. The price: who can
 * read this process's memory while the key is unlocked can read its keys, as with every software key.
 */
export class Vault {
  readonly #options: VaultOptions;
  #file: KeyFile | null;
  #rules: PinRules;
  #open: Unlocked | null;
  #retries: number;
  #idle: NodeJS.Timeout | undefined;
  /** Called when the vault locks itself. */
  onLock: () => void = () => undefined;

  constructor(options: VaultOptions) {
    this.#options = options;
    this.#file = options.file;
    this.#rules = this.#initialRules();
    this.#retries = options.file?.pinRetries ?? MAX_PIN_RETRIES;
    this.#open = options.file === null ? { state: newKeyState(), pinCheck: null, fileKey: null } : null;
  }

  get pinSet(): boolean {
    return this.#file !== null || (this.#open?.pinCheck ?? null) !== null;
  }

  /** Tries that are left; 0 means locked for good. */
  get pinRetries(): number {
    return this.#retries;
  }

  /** Unicode code points. */
  get minPINLength(): number {
    return this.#rules.minPINLength;
  }

  /** True where the PIN must be changed before it can be used. */
  get forcePINChange(): boolean {
    return this.#rules.forcePINChange;
  }

  /** As {@link state}, and does not count as use. */
  get peek(): KeyState | null {
    return this.#open?.state ?? null;
  }

  /** The state, or null while the key is locked. */
  get state(): KeyState | null {
    this.#restartIdle();
    return this.#open?.state ?? null;
  }

  /**
   * Checks a PIN hash (16 bytes) and unlocks the key where it is right. The try is counted on the disk before
   * the check, so pulling the plug does not give it back. CTAP 2.2 §6.5.5.7.
   * @throws KeywrightError `store.*`, `authenticator.pin_locked`, `authenticator.key_file_damaged`
   */
  async verifyPin(pinHash: Uint8Array): Promise<boolean> {
    if (this.#retries === 0) throw new KeywrightError('authenticator.pin_locked');
    await this.#saveRetries(this.#retries - 1);
    const locked = (this.#open?.pinCheck ?? null) === null;
    const right = locked ? await this.#unlock(pinHash) : this.isPin(pinHash);
    if (right) await this.#saveRetries(MAX_PIN_RETRIES);
    return right;
  }

  /** True for the hash of the PIN that the key was unlocked with; it costs no try. */
  isPin(pinHash: Uint8Array): boolean {
    const check = this.#open?.pinCheck ?? null;
    return check !== null && timingSafeEqual(digestOf(check.key, pinHash), check.digest);
  }

  /**
   * Sets the PIN from its hash (16 bytes), writes the file where the key has one, and gives all retries back.
   * @param length of the PIN, Unicode code points
   * @throws KeywrightError `store.*`; the old PIN then stays
   */
  async setPin(pinHash: Uint8Array, length: number): Promise<void> {
    const open = this.#require();
    const lengthBefore = open.state.pinLength;
    open.state.pinLength = length;
    try {
      await this.#storePin(open, pinHash);
    } catch (error) {
      open.state.pinLength = lengthBefore;
      throw error;
    }
  }

  async #storePin(open: Unlocked, pinHash: Uint8Array): Promise<void> {
    const key = randomBytes(32);
    const pinCheck = { key, digest: digestOf(key, pinHash) };
    if (this.#options.path !== null) {
      const rules = { ...this.#rules, forcePINChange: false };
      const identity = { keyId: this.#options.keyId, kdf: KDF, salt: randomBytes(32) };
      const header: KeyFileHeader = { format: LATEST_FORMAT, ...identity, ...rules };
      const fileKey = await scryptKey(pinHash, header);
      const sealed = seal(fileKey, header, open.state);
      await this.#write({ ...header, pinRetries: MAX_PIN_RETRIES, sealed });
      open.fileKey?.fill(0);
      open.fileKey = fileKey;
    }
    wipeCheck(open.pinCheck);
    open.pinCheck = pinCheck;
    this.#rules = { ...this.#rules, forcePINChange: false };
    this.#retries = MAX_PIN_RETRIES;
    this.#restartIdle();
  }

  /**
   * Writes the state to the file, where the key has one.
   * @throws KeywrightError `store.*`; the key is then locked, and the next PIN brings back what the file holds
   */
  async save(): Promise<void> {
    const { fileKey, state } = this.#require();
    if (fileKey === null || this.#file === null) return;
    try {
      const file: KeyFile = { ...this.#file, format: LATEST_FORMAT, ...this.#rules };
      await this.#write({ ...file, sealed: seal(fileKey, file, state) });
    } catch (error) {
      this.lock();
      throw error;
    }
  }

  /** Changes the rules for PINs, and writes them with the state. @throws KeywrightError as {@link save} */
  async setRules(rules: PinRules): Promise<void> {
    this.#rules = { ...rules };
    await this.save();
  }

  /** Forgets everything that the file can give back; a key without a file keeps its state, as a chip does. */
  lock(): void {
    clearTimeout(this.#idle);
    if (this.#file === null) return;
    this.#wipe();
    this.#rules = this.#initialRules();
    this.onLock();
  }

  /** Deletes PIN and state, on the disk too, and starts anew. */
  async reset(): Promise<void> {
    if (this.#options.path !== null) await removeKeyFile(this.#options.path);
    this.#wipe();
    this.#file = null;
    this.#rules = this.#initialRules();
    this.#retries = MAX_PIN_RETRIES;
    this.#open = { state: newKeyState(), pinCheck: null, fileKey: null };
  }

  /** Wipes all secrets from memory for good; the file stays. */
  destroy(): void {
    clearTimeout(this.#idle);
    this.#wipe();
  }

  #initialRules(): PinRules {
    const { minPINLength } = this.#options;
    const { minPINLength: inFile = minPINLength, forcePINChange = false } = this.#file ?? {};
    return { minPINLength: inFile, forcePINChange };
  }

  async #unlock(pinHash: Uint8Array): Promise<boolean> {
    const file = this.#file;
    if (file === null) return false;
    const fileKey = await scryptKey(pinHash, file);
    const plaintext = unseal(fileKey, file);
    if (plaintext === null) {
      fileKey.fill(0);
      return false;
    }
    try {
      const key = randomBytes(32);
      const state = decodeKeyState(plaintext);
      this.#open = { state, pinCheck: { key, digest: digestOf(key, pinHash) }, fileKey };
    } catch (cause) {
      fileKey.fill(0);
      throw new KeywrightError('authenticator.key_file_damaged', { cause });
    } finally {
      plaintext.fill(0);
    }
    this.#restartIdle();
    return true;
  }

  async #saveRetries(retries: number): Promise<void> {
    if (this.#file !== null && this.#file.pinRetries !== retries) {
      await this.#write({ ...this.#file, pinRetries: retries });
    }
    this.#retries = retries;
  }

  async #write(file: KeyFile): Promise<void> {
    if (this.#options.path === null) return;
    await writeKeyFile(this.#options.path, file);
    this.#file = file;
  }

  #require(): Unlocked {
    if (this.#open === null) throw new KeywrightError('authenticator.pin_required');
    return this.#open;
  }

  #restartIdle(): void {
    clearTimeout(this.#idle);
    if (this.#file === null || this.#open === null) return;
    this.#idle = setTimeout(() => this.lock(), this.#options.idleLimit);
    this.#idle.unref();
  }

  #wipe(): void {
    if (this.#open === null) return;
    wipeKeyState(this.#open.state);
    wipeCheck(this.#open.pinCheck);
    this.#open.fileKey?.fill(0);
    this.#open = null;
  }
}

function digestOf(key: Uint8Array, pinHash: Uint8Array): Buffer {
  return createHmac('sha256', key).update(pinHash).digest();
}

function wipeCheck(check: Unlocked['pinCheck']): void {
  check?.key.fill(0);
  check?.digest.fill(0);
}
