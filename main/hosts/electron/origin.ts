import type { Session } from 'electron';
import { contentSecurityPolicy, securityHeaders } from '../common/headers.ts';
import { listStaticFiles } from '../common/static-files.ts';

/** The window's origin. Its host is the rpId of a workspace; it is answered in-process, never on a network. */
export const WINDOW_ORIGIN = 'https://localhost';

/**
 * Answers `https://localhost` from the built window and everything else with a refusal. Nothing in this session
 * ever reaches a network, and no permission is granted but writing text to the clipboard.
 */
export function serveWindowOrigin(session: Session, rendererFolder: string): void {
  const files = listStaticFiles(rendererFolder);
  const headers = securityHeaders(contentSecurityPolicy());
  const refuse = (status: number, sentence: string): Response =>
    new Response(sentence, { status, headers: { ...headers, 'Content-Type': 'text/plain; charset=utf-8' } });

  session.protocol.handle('https', async (request) => {
    const url = new URL(request.url);
    if (url.origin !== WINDOW_ORIGIN) return refuse(403, 'Keywright loads nothing from other hosts.');
    if (request.method !== 'GET') return refuse(405, 'This address takes GET only.');
    const file = files.get(url.pathname === '/' ? '/index.html' : url.pathname);
    if (file === undefined) return refuse(404, 'There is nothing at this address.');
    const body = new Uint8Array(await file.read());
    return new Response(body, { headers: { ...headers, 'Content-Type': file.type } });
  });
  session.webRequest.onBeforeRequest(({ url }, decide) => {
    const { origin, protocol } = new URL(url);
    decide({ cancel: origin !== WINDOW_ORIGIN && protocol !== 'data:' && protocol !== 'devtools:' });
  });
  session.setPermissionRequestHandler((_, permission, decide, { requestingUrl }) => {
    decide(mayHave(permission, requestingUrl));
  });
  session.setPermissionCheckHandler((_, permission, origin) => mayHave(permission, origin));
  session.setDevicePermissionHandler(() => false);
  session.setSpellCheckerEnabled(false);
}

function mayHave(permission: string, url: string): boolean {
  return permission === 'clipboard-sanitized-write' && URL.parse(url)?.origin === WINDOW_ORIGIN;
}
