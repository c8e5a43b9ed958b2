import type { Authenticator } from '../client/index.ts';

/** All software keys of one data folder. Each is a key of its own, with a PIN and a file of its own. */
export type SoftwareKeys = {
  /** Makes a new, empty key without a PIN, in memory: its file is written with its first PIN. Returns its id (UUIDv7). */
  create(): Promise<string>;
  /** Opens a key by its id. @throws KeywrightError `authenticator.not_found` */
  open(keyId: string): Promise<Authenticator>;
  /** The person's click on the touch button of this key. Does nothing where the key does not wait for it. */
  touch(keyId: string): void;
  /** Takes the key out and puts it in again: forgets tokens and unlocked state, ends the soft lock. */
  reconnect(keyId: string): Promise<void>;
  /** True where the key is in memory or has a file. */
  has(keyId: string): Promise<boolean>;
  /** Ids of the keys that have a file. */
  list(): Promise<string[]>;
  /** Deletes a key with all it holds. */
  remove(keyId: string): Promise<void>;
  /** Deletes what a crash in the middle of a write left behind. Call it at start, while the folder is ours alone. */
  tidy(): Promise<void>;
  /** Locks and closes all keys and wipes their secrets from memory. */
  close(): Promise<void>;
};
