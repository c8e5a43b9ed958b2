import type { Session } from '../../shared/domain/index.ts';
import { KeywrightError } from '../../shared/errors/index.ts';

/** Who is signed in where. In memory: closing Keywright signs everyone out. */
export class Sessions {
  readonly #byClient = new Map<string, Session>();
  readonly #changed: (clientId: string) => void;

  constructor(changed: (clientId: string) => void) {
    this.#changed = changed;
  }

  get(clientId: string): Session | null {
    return this.#byClient.get(clientId) ?? null;
  }

  /** @throws KeywrightError `auth.sign_in_required` */
  require(clientId: string): Session {
    const session = this.#byClient.get(clientId);
    if (session === undefined) throw new KeywrightError('auth.sign_in_required');
    return session;
  }

  start(clientId: string, session: Session): void {
    this.#byClient.set(clientId, session);
    this.#changed(clientId);
  }

  end(clientId: string): void {
    if (this.#byClient.delete(clientId)) this.#changed(clientId);
  }

  /** A credential that was switched off keeps nobody signed in. */
  endAllOf(credentialId: string): void {
    for (const [clientId, session] of this.#byClient) {
      if (session.credentialId === credentialId) this.end(clientId);
    }
  }

  /** The credentials with which someone is signed in now. */
  credentials(): string[] {
    return [...new Set([...this.#byClient.values()].map(({ credentialId }) => credentialId))];
  }

  /** Changes what sessions show of a credential that was renamed. */
  renamed(credentialId: string, name: string): void {
    for (const [clientId, session] of this.#byClient) {
      if (session.credentialId !== credentialId) continue;
      this.start(clientId, { ...session, credentialName: name });
    }
  }
}
