import type { IncomingMessage } from 'node:http';
import { PAGE_KEY } from '../../../shared/contract/channels.ts';

// A browser sends a cookie to every port of localhost (RFC 6265 §8.5), so another program's page gets to see it;
// the key is kept in the storage of our origin, port included, and travels only where our own page puts it.

/** The key in the header of a call; undefined where there is none. */
export function keyOfCall(request: IncomingMessage): string | undefined {
  const value = request.headers[PAGE_KEY];
  return typeof value === 'string' ? value : undefined;
}

/** The key among the subprotocols of an upgrade request; a page can set no other header there. */
export function keyOfSocket(request: IncomingMessage): string | undefined {
  const prefix = `${PAGE_KEY}.`;
  return request.headers['sec-websocket-protocol']
    ?.split(',')
    .map((name) => name.trim())
    .find((name) => name.startsWith(prefix))
    ?.slice(prefix.length);
}

/** The subprotocol to answer with: the first that is not the key, which is not sent back. */
export function chooseProtocol(offered: ReadonlySet<string>): string | false {
  return [...offered].find((name) => !name.startsWith(`${PAGE_KEY}.`)) ?? false;
}
