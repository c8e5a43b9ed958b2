/**
 * The key by which the host knows a page of its own origin, base64url. It lives in the origin's storage, which
 * all tabs share and pages of other ports cannot read; a cookie they can. main/hosts/web/page-key.ts has the same
 * name for what it hands over and expects.
 */
const NAME = 'x-keywright-key';

/**
 * On the page that a launch link leads to: keeps the key that it hands over, and goes on to the app, which takes
 * that page's place in the history. A reloaded launch page hands over nothing, and the key that is kept stays.
 * @returns false on every other page, where nothing is done
 */
export function passLaunchPage(): boolean {
  const handedOver = document.querySelector<HTMLMetaElement>(`meta[name="${NAME}"]`);
  if (handedOver === null) return false;
  if (handedOver.content !== '') localStorage.setItem(NAME, handedOver.content);
  location.replace('/');
  return true;
}

/** The key as it is now: another tab may have followed a new launch link. Null where there is none. */
export function readKey(): string | null {
  return localStorage.getItem(NAME);
}

/** Drops a key that the host did not take, unless another has taken its place meanwhile. */
export function forgetKey(key: string | null): void {
  if (key !== null && readKey() === key) localStorage.removeItem(NAME);
}

/** The header that carries the key with a call. */
export function keyHeader(key: string | null): Record<string, string> {
  return key === null ? {} : { [NAME]: key };
}

/** The subprotocol that carries the key of a WebSocket. */
export function keyProtocol(key: string): string {
  return `${NAME}.${key}`;
}
