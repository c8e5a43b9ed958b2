import { toBase64url } from '../../../shared/domain/index.ts';
import { newId, random, sameBytes, sha256 } from '../../platform/index.ts';

/** Something that can be told an event: an open WebSocket. */
export type Listener = { send(text: string): void; close(): void };

/** One browser, known by its cookie and its key. All its tabs are one client. */
export type Client = { readonly id: string; readonly listeners: Set<Listener> };

/** The browsers that came in with a launch token. */
export type Clients = {
  /**
   * Admits a browser.
   * @returns the Set-Cookie header that makes it known from now on, and the key for the storage of our origin
   */
  admit(): { cookie: string; key: string };
  /**
   * The client whose cookie the Cookie header holds; undefined where it holds none that is known. Good for files
   * that hold no secret: pages of other ports get to see the cookie too.
   */
  find(cookieHeader: string | undefined): Client | undefined;
  /** The client whose cookie and whose key these are; undefined where one is missing or wrong. */
  findWithKey(cookieHeader: string | undefined, key: string | undefined): Client | undefined;
  /** Adds an open socket of a client; returns the function to call once it is closed. */
  attach(client: Client, listener: Listener): () => void;
  /** Sends to one client, or to all where the id is null. */
  send(clientId: string | null, text: string): void;
  /** Closes every socket and forgets every client. */
  close(): void;
};

/**
 * Makes an empty set of clients. A cookie's value and a key are 32 random bytes each, of which only the SHA-256
 * is kept. The cookie's hash is the key of a map: what a wrong value's lookup takes tells nothing about a right
 * one.
 * @param options `goneAfter`: how long a client may be without a socket, ms, before `onGone` is told. A reload
 *   takes less.
 */
export function createClients(options: {
  cookieName: string;
  goneAfter: number;
  onGone: (clientId: string) => void;
}): Clients {
  const { cookieName, goneAfter, onGone } = options;
  const byHash = new Map<string, Client & { readonly keyHash: Uint8Array }>();
  const leaving = new Map<string, NodeJS.Timeout>();

  function stay(client: Client): void {
    clearTimeout(leaving.get(client.id));
    leaving.delete(client.id);
  }

  function find(cookieHeader: string | undefined) {
    const value = readCookie(cookieHeader, cookieName);
    return value === undefined ? undefined : byHash.get(toBase64url(sha256(value)));
  }

  return {
    admit() {
      const value = toBase64url(random(32));
      const key = toBase64url(random(32));
      const client = { id: newId(), listeners: new Set<Listener>(), keyHash: sha256(key) };
      byHash.set(toBase64url(sha256(value)), client);
      return { cookie: `${cookieName}=${value}; Path=/; HttpOnly; SameSite=Strict`, key };
    },
    find,
    findWithKey(cookieHeader, key) {
      const client = find(cookieHeader);
      if (client === undefined || key === undefined) return undefined;
      return sameBytes(client.keyHash, sha256(key)) ? client : undefined;
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
