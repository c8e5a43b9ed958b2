import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerPage } from './answers.ts';
import type { Clients } from './clients.ts';
import type { LaunchTokens } from './launch-tokens.ts';

/**
 * Exchanges a launch token for a cookie and sends the browser on to the app. The way on is a page of ours and
 * not a redirect: where the link was followed from another page, a browser would leave the new
 * `SameSite=Strict` cookie out of the redirected request.
 */
export function answerLaunch(
  request: IncomingMessage,
  response: ServerResponse,
  tokens: LaunchTokens,
  clients: Clients,
): void {
  const query = request.url?.split('?')[1] ?? '';
  const token = new URLSearchParams(query).get('token') ?? '';
  if (tokens.redeem(token)) {
    sendOn(response, { 'Set-Cookie': clients.admit() });
  } else if (clients.find(request.headers.cookie) !== undefined) {
    // Reloaded, or fetched ahead by the address bar: this browser is already known.
    sendOn(response, {});
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

function sendOn(response: ServerResponse, headers: Readonly<Record<string, string>>): void {
  const page = {
    title: 'Keywright opens',
    head: '<meta http-equiv="refresh" content="0;url=/">',
    body: '<p><a href="/">Go on to Keywright</a></p>',
  };
  answerPage(response, 200, page, headers);
}
