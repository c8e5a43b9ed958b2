import type { IncomingMessage, ServerResponse } from 'node:http';
import { PAGE_KEY } from '../../../shared/contract/channels.ts';
import { answerPage, answerText } from './answers.ts';
import type { Clients } from './clients.ts';
import { PRELOAD_PATH } from './files.ts';
import type { LaunchTokens } from './launch-tokens.ts';

/**
 * Exchanges a launch token for a cookie and a key, and sends the browser on to the app. The way on is a page of
 * ours and not a redirect: its script puts the key into the storage of our origin; and where the link was
 * followed from another page, a browser would leave the new `SameSite=Strict` cookie out of a redirected request.
 */
export function answerLaunch(
  request: IncomingMessage,
  response: ServerResponse,
  tokens: LaunchTokens,
  clients: Clients,
): void {
  if (/\bprefetch\b/.test(String(request.headers['sec-purpose'] ?? ''))) {
    // Fetched ahead by the address bar: that page may never be shown, and its key would be lost with it.
    answerText(response, 503, 'This link is not answered ahead of time.');
    return;
  }
  const query = request.url?.split('?')[1] ?? '';
  const token = new URLSearchParams(query).get('token') ?? '';
  if (tokens.redeem(token)) {
    const { cookie, key } = clients.admit();
    sendOn(response, key, { 'Set-Cookie': cookie });
  } else if (clients.find(request.headers.cookie) !== undefined) {
    // Reloaded: this browser is already known. The key was handed over the first time; for a cookie alone it is
    // not to be had.
    sendOn(response, '', {});
  } else {
    answerPage(response, 403, {
      title: 'This link has been used or has expired',
      body: '<p>Press Enter in the terminal where Keywright runs to get a new one.</p>',
    });
  }
}

/** The answer to a browser without a cookie. */
export function answerStranger(response: ServerResponse): void {
  answerPage(response, 401, {
    title: 'Keywright does not know this browser',
    body:
      '<p>Open Keywright with the address that it printed in the terminal. ' +
      'Each address works once: press Enter there to get a new one.</p>',
  });
}

/** The page whose script, the preload script, keeps the key (base64url; none where empty) and goes on to `/`. */
function sendOn(response: ServerResponse, key: string, headers: Readonly<Record<string, string>>): void {
  const page = {
    title: 'Keywright opens',
    head: `<meta name="${PAGE_KEY}" content="${key}"><script src="${PRELOAD_PATH}"></script>`,
    body: '<p><a href="/">Go on to Keywright</a></p>',
  };
  answerPage(response, 200, page, headers);
}
