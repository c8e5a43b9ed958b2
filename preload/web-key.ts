import { PAGE_KEY } from '../shared/contract/channels.ts';

// The key lives in the origin's storage, which all tabs share and pages of other ports cannot read; a cookie they
// can.

/**
 * On the page that a launch link leads to: keeps the key that it hands over, and goes on to the app, which takes
 * that page's place in the history. A reloaded launch page hands over nothing, and the key that is kept stays.
 * @returns false on every other page, where nothing is done
 */
export function passLaunchPage(): boolean {
  const handedOver = document.querySelector<HTMLMetaElement>(`meta[name="${PAGE_KEY}"]`);
  if (handedOver === null) return false;
  if (handedOver.content !== '') localStorage.setItem(PAGE_KEY, handedOver.content);
  location.replace('/');
  return true;
}

/** The key as it is now: another tab may have followed a new launch link. Null where there is none. */
export function readKey(): string | null {
  return localStorage.getItem(PAGE_KEY);
}

/** Drops a key that the host did not take, unless another has taken its place meanwhile. */
export function forgetKey(key: string | null): void {
  if (key !== null && readKey() === key) localStorage.removeItem(PAGE_KEY);
}

/** The header that carries the key with a call. */
export function keyHeader(key: string | null): Record<string, string> {
  return key === null ? {} : { [PAGE_KEY]: key };
}

/** The subprotocol that carries the key of a WebSocket. */
export function keyProtocol(key: string): string {
  return `${PAGE_KEY}.${key}`;
}
