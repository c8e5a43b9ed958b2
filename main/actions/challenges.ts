import { KeywrightError } from '../../shared/errors/index.ts';
import { newId, random } from '../platform/index.ts';
import {
  type ChallengePurpose,
  type ChallengeRow,
  type Db,
  findChallenge,
  insertChallenge,
} from '../store/index.ts';

/** How long a challenge is valid, ms. */
export const CHALLENGE_LIFETIME = 5 * 60_000;

/** Who a challenge is made for: it is worth nothing to anyone else. */
export type ChallengeHolder = { personId: string; clientId: string; rpId: string; origin: string };

/**
 * Makes and stores a challenge: 32 random bytes unless `bytes` is given (an action's, which is bound to the
 * request), single use, valid for five minutes.
 * @param now UTC ms
 */
export async function issueChallenge(
  db: Db,
  purpose: ChallengePurpose,
  holder: ChallengeHolder,
  now: number,
  bytes: Uint8Array = random(32),
): Promise<ChallengeRow> {
  const row: ChallengeRow = {
    id: newId(),
    purpose,
    challenge: bytes,
    ...holder,
    createdAt: now,
    expiresAt: now + CHALLENGE_LIFETIME,
    consumedAt: null,
    outcome: null,
  };
  await insertChallenge(db, row);
  return row;
}

/**
 * Loads a challenge and checks that this window may answer it now.
 * @throws KeywrightError `auth.challenge_mismatch` for another purpose or window, `auth.challenge_used`,
 *   `auth.challenge_expired`
 */
export async function loadChallenge(
  db: Db,
  id: string,
  expected: { purpose?: ChallengePurpose; clientId: string; now: number },
): Promise<ChallengeRow> {
  const row = await findChallenge(db, id);
  const purposeFits = expected.purpose === undefined || row?.purpose === expected.purpose;
  if (row === undefined || row.clientId !== expected.clientId || !purposeFits) {
    throw new KeywrightError('auth.challenge_mismatch');
  }
  if (row.consumedAt !== null) throw new KeywrightError('auth.challenge_used');
  // Time before its creation means that the clock was set back: then its age cannot be told.
  if (expected.now >= row.expiresAt || expected.now < row.createdAt) {
    throw new KeywrightError('auth.challenge_expired');
  }
  return row;
}
