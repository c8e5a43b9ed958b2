import { spine } from './0001-spine.ts';
import { userVerification } from './0002-user-verification.ts';

/** A forward-only step of the schema. Once released, its SQL never changes: its checksum is kept in the store. */
export type Migration = { number: number; name: string; sql: string };

/** All steps in order, numbered from 1 without a gap. */
export const migrations: readonly Migration[] = [
  { number: 1, name: 'spine', sql: spine },
  { number: 2, name: 'user verification', sql: userVerification },
];
