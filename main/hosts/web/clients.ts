import { toBase64url } from '../../../shared/domain/index.ts';
import { newId, random, sha256 } from '../../platform/index.ts';

/** Something that can be told an event: an open WebSocket. */
export type Listener = { send(text: string): void; close(): void };

/** One browser, known by its cookie. All its tabs are one client. */
export type Client = { readonly id: string; readonly listeners: Set<Listener> };

/** The browsers that came in with a launch token. */
export type Clients = {
  /** Admits a browser. @returns the Set-Cookie header that makes it known from now on */
  admit(): string;
  /** The client whose cookie the Cookie header holds; undefined where it holds none that is known. */
  find(cookieHeader: string | undefined): Client | undefined;
  /** Adds an open socket of a client; returns the function to call once it is closed. */
  attach(client: Client, listener: Listener): () => void;
  /** Sends to one client, or to all where the id is null. */
  send(clientId: string | null, text: string): void;
  /** Closes every socket and forgets every client. */
  close(): void;
};

/**
 * Makes an empty set of clients. A cookie's value is 32 random bytes of which only the SHA-256 is kept, as the
 * key of a map: what a wrong value's lookup takes tells nothing about a right one.
 * @param options `goneAfter`: how long a client may be without a socket, ms, before `onGone` is told. A reload
 *   takes less.
 */
export function createClients(options: {
  cookieName: string;
  goneAfter: number;
  onGone: (clientId: string) => void;
}): Clients {
  const { cookieName, goneAfter, onGone } = options;
  const byHash = new Map<string, Client>();
  const leaving = new Map<string, NodeJS.Timeout>();

  function stay(client: Client): void {
    clearTimeout(leaving.get(client.id));
    leaving.delete(client.id);
  }

  return {
    admit() {
      const value = toBase64url(random(32));
      byHash.set(toBase64url(sha256(value)), { id: newId(), listeners: new Set() });
      return `${cookieName}=${value}; Path=/; HttpOnly; SameSite=Strict`;
    },
    find(cookieHeader) {
      const value = readCookie(cookieHeader, cookieName);
      return value === undefined ? undefined : byHash.get(toBase64url(sha256(value)));
    },
    attach(client, listener) {
      stay(client);
      client.listeners.add(listener);
      return () => {
        if (!client.listeners.delete(listener) || client.listeners.size > 0) return;
        const timer = setTimeout(() => {
          leaving.delete(client.id);
          onGone(client.id);
        }, goneAfter);
        leaving.set(client.id, timer.unref());
      };
    },
    send(clientId, text) {
      for (const client of byHash.values()) {
        if (clientId !== null && client.id !== clientId) continue;
        for (const listener of client.listeners) listener.send(text);
      }
    },
    close() {
      for (const client of byHash.values()) {
        for (const listener of client.listeners) listener.close();
        client.listeners.clear();
        stay(client);
      }
      byHash.clear();
    },
  };
}

function readCookie(header: string | undefined, name: string): string | undefined {
  const prefix = `${name}=`;
  return header
    ?.split(';')
    .map((pair) => pair.trim())
    .find((pair) => pair.startsWith(prefix))
    ?.slice(prefix.length);
}
