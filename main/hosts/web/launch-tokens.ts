import { toBase64url } from '../../../shared/domain/index.ts';
import { type Clock, random, sameBytes, sha256 } from '../../platform/index.ts';

/** How long an unused launch link works, ms. */
export const LAUNCH_TOKEN_LIFETIME = 10 * 60 * 1000;

const MOST_TOKENS = 16;

/** The one-time tokens that turn a browser into a client. Only their SHA-256 is kept. */
export type LaunchTokens = {
  /** A new token: 32 random bytes as base64url. */
  issue(): string;
  /** True once for each token that was issued and has not expired. Compares in constant time. */
  redeem(token: string): boolean;
};

/** Makes an empty set of tokens; the oldest unused one gives way when there are more than 16. */
export function createLaunchTokens(clock: Clock): LaunchTokens {
  let open: { hash: Uint8Array; expiresAt: number }[] = [];
  return {
    issue() {
      const token = toBase64url(random(32));
      open = [...open, { hash: sha256(token), expiresAt: clock.now() + LAUNCH_TOKEN_LIFETIME }].slice(
        -MOST_TOKENS,
      );
      return token;
    },
    redeem(token) {
      const hash = sha256(token);
      const found = open.find((candidate) => sameBytes(candidate.hash, hash));
      if (found === undefined) return false;
      open = open.filter((candidate) => candidate !== found);
      return clock.now() < found.expiresAt;
    },
  };
}
