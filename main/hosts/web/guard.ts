import type { IncomingMessage } from 'node:http';

/**
 * Why a request is refused before anything is done for it, as a sentence; undefined where it may go on.
 * The Host must be ours to the letter, which stops names that were made to point here (DNS rebinding). What
 * can change something must come from our own page: Origin for calls and sockets, and Sec-Fetch-Site
 * wherever a browser sends it.
 * @param origin `http://localhost:PORT`
 */
export function whyRefused(request: IncomingMessage, origin: string): string | undefined {
  if (request.headers.host !== new URL(origin).host) {
    return 'This address is not the one Keywright serves.';
  }
  const reads = isRead(request) && !isUpgrade(request);
  if (!reads && request.headers.origin !== origin) {
    return 'This request does not come from the page of Keywright.';
  }
  const site = request.headers['sec-fetch-site'];
  const welcome =
    site === undefined || site === 'same-origin' || (reads && (site === 'none' || isLaunch(request)));
  return welcome ? undefined : 'This request comes from another page.';
}

/** True for a request that only reads. */
export function isRead(request: IncomingMessage): boolean {
  return request.method === 'GET' || request.method === 'HEAD';
}

/** The path as it was sent, without the query. It is looked up, never resolved. */
export function pathOf(request: IncomingMessage): string {
  return request.url?.split('?', 1)[0] ?? '';
}

/** True for the launch link, the only address that may be followed from anywhere. */
export function isLaunch(request: IncomingMessage): boolean {
  return request.method === 'GET' && pathOf(request) === '/launch';
}

function isUpgrade(request: IncomingMessage): boolean {
  return request.headers.upgrade !== undefined;
}
