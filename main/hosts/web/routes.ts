import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { CALL_PATH, EVENTS_PATH } from '../../../shared/contract/channels.ts';
import { KeywrightError } from '../../../shared/errors/index.ts';
import type { Core } from '../../app/index.ts';
import { contentSecurityPolicy, securityHeaders } from '../common/headers.ts';
import { refusal } from '../common/message.ts';
import { answerReply, answerText } from './answers.ts';
import { answerCall } from './calls.ts';
import type { Clients } from './clients.ts';
import { createEventSockets, refuseUpgrade } from './events.ts';
import { answerFile, type WebFiles } from './files.ts';
import { isLaunch, isRead, pathOf, whyRefused } from './guard.ts';
import { answerLaunch, answerStranger } from './launch.ts';
import type { LaunchTokens } from './launch-tokens.ts';
import { keyOfCall, keyOfSocket } from './page-key.ts';

/** All that a request can reach. */
export type Reach = {
  core: Core;
  files: WebFiles;
  tokens: LaunchTokens;
  clients: Clients;
  /** `http://localhost:PORT` */
  origin: string;
};

/** The two ways in: requests, and upgrades to a WebSocket. */
export type Routes = {
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
};

/** Maps every request to its answer. What is not named here is refused. */
export function createRoutes({ core, files, tokens, clients, origin }: Reach): Routes {
  const headers = securityHeaders(contentSecurityPolicy([origin.replace(/^http/, 'ws')]));
  const sockets = createEventSockets(clients);

  return {
    async answer(request, response) {
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      const path = pathOf(request);
      const refused = whyRefused(request, origin);
      if (refused !== undefined) return answerRefused(response, path, refused);
      if (isLaunch(request)) return answerLaunch(request, response, tokens, clients);
      if (path === CALL_PATH) {
        if (request.method !== 'POST') return answerNotAllowed(response, 'POST');
        const client = clients.findWithKey(request.headers.cookie, keyOfCall(request));
        if (client === undefined) return answerReply(response, 401, refusal('host.forbidden'));
        return answerCall(request, response, core, { clientId: client.id, host: 'web', origin });
      }
      if (!isRead(request) || path === '/launch') return answerNotAllowed(response, 'GET');
      if (clients.find(request.headers.cookie) === undefined) return answerStranger(response);
      const file = files.get(path);
      if (file === undefined) return answerText(response, 404, 'There is nothing at this address.');
      return answerFile(request, response, file);
    },

    async upgrade(request, socket, head) {
      // A connection that breaks here has nobody left to answer to.
      socket.on('error', () => socket.destroy());
      const refused = whyRefused(request, origin);
      if (refused !== undefined) return refuseUpgrade(socket, '403 Forbidden', refused);
      if (pathOf(request) !== EVENTS_PATH) {
        return refuseUpgrade(socket, '404 Not Found', 'There is nothing at this address.');
      }
      const client = clients.findWithKey(request.headers.cookie, keyOfSocket(request));
      if (client === undefined) return refuseUpgrade(socket, '401 Unauthorized', 'Open Keywright first.');
      return sockets.accept(request, socket, head, client);
    },
  };
}

function answerRefused(response: ServerResponse, path: string, sentence: string): void {
  if (path === CALL_PATH) {
    answerReply(response, 403, refusal(new KeywrightError('host.forbidden', { message: sentence })));
  } else {
    answerText(response, 403, sentence);
  }
}

function answerNotAllowed(response: ServerResponse, allowed: string): void {
  answerText(response, 405, `This address takes ${allowed} only.`, { Allow: allowed });
}
