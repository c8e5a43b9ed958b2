import { toBase64url } from '../../../shared/domain/index.ts';
import { type Clock, random, sameBytes, sha256 } from '../../platform/index.ts';

/** How long an unused launch link works, ms. */
export const LAUNCH_TOKEN_LIFETIME = 10 * 60 * 1000;

const MOST_TOKENS = 16;

/** The one-time tokens that turn a browser into a client. Only their SHA-256 is kept. */
export type LaunchTokens = {
  /**
   * A new token: 32 random bytes as base64url.
   * @param onSpent told once, when the token has been redeemed or can be redeemed no longer
   */
  issue(onSpent?: () => void): string;
  /** True once for each token that was issued and has not expired. Compares in constant time. */
  redeem(token: string): boolean;
  /** Ends every token. */
  close(): void;
};

type Token = { hash: Uint8Array; expiresAt: number; timer: NodeJS.Timeout; onSpent: () => void };

/**
 * Makes an empty set of tokens; the oldest unused one gives way when there are more than 16. A token ends by
 * whichever comes first: the timer, which runs on however far the computer's clock is set back, or the clock,
 * which also counts the time that the computer sleeps.
 */
export function createLaunchTokens(clock: Clock): LaunchTokens {
  const open = new Set<Token>();

  function spend(token: Token): void {
    if (!open.delete(token)) return;
    clearTimeout(token.timer);
    token.onSpent();
  }

  return {
    issue(onSpent = () => {}) {
      const value = toBase64url(random(32));
      const token: Token = {
        hash: sha256(value),
        expiresAt: clock.now() + LAUNCH_TOKEN_LIFETIME,
        timer: setTimeout(() => spend(token), LAUNCH_TOKEN_LIFETIME).unref(),
        onSpent,
      };
      open.add(token);
      const [oldest] = open;
      if (open.size > MOST_TOKENS && oldest !== undefined) spend(oldest);
      return value;
    },
    redeem(value) {
      const hash = sha256(value);
      const found = [...open].find((candidate) => sameBytes(candidate.hash, hash));
      if (found === undefined) return false;
      spend(found);
      return clock.now() < found.expiresAt;
    },
    close() {
      for (const token of open) spend(token);
    },
  };
}
