import { createServer, type Server } from 'node:http';
import type { Core } from '../../app/index.ts';
import { type Clock, systemClock } from '../../platform/index.ts';
import { answerText } from './answers.ts';
import { createClients } from './clients.ts';
import { listWebFiles } from './files.ts';
import { createLaunchTokens } from './launch-tokens.ts';
import { listenOnLoopback } from './listen.ts';
import { createRoutes, type Routes } from './routes.ts';

/** What the web host needs. */
export type WebHostOptions = {
  core: Core;
  /** Absolute path of the built window. */
  rendererFolder: string;
  /** Absolute path of the built `preload/web.ts`. */
  preloadFile: string;
  /** A port, or 0 (the default) for a free one. */
  port?: number;
  /** How long a browser may be without an open page before its operations are cancelled, ms. */
  goneAfter?: number;
  clock?: Clock;
  /** Told of failures that no answer could carry. */
  onError?: (error: unknown) => void;
};

/** The app over loopback HTTP. */
export type WebHost = {
  /**
   * A fresh launch URL: it admits one browser, once, within 10 minutes.
   * @param onSpent told once, when the URL has been used or admits nobody any more
   */
  url(onSpent?: () => void): string;
  /** `http://localhost:PORT` */
  origin: string;
  /** Ends every connection. The core stays open. */
  close(): Promise<void>;
};

/**
 * Serves the app to browsers of this computer: `GET /` and its files, `POST /api/call`, and the WebSocket
 * `/api/events`. Everything but the launch link needs the cookie that the link gives; calls and events also need
 * the key that it gives to the page.
 * @throws KeywrightError `host.port_unavailable`
 */
export async function startWebHost(options: WebHostOptions): Promise<WebHost> {
  const { core, onError = () => {} } = options;
  const files = listWebFiles(options.rendererFolder, options.preloadFile);
  const { servers, port } = await listenOnLoopback(makeServer, options.port ?? 0);
  const origin = `http://localhost:${port}`;
  const tokens = createLaunchTokens(options.clock ?? systemClock);
  const clients = createClients({
    cookieName: `keywright_${port}`,
    goneAfter: options.goneAfter ?? 3000,
    onGone: (clientId) => core.clientGone(clientId),
  });
  const unsubscribe = core.subscribe(({ event, payload, clientId }) => {
    clients.send(clientId, JSON.stringify({ event, payload }));
  });
  const routes = createRoutes({ core, files, tokens, clients, origin });
  for (const server of servers) connect(server, routes, onError);
  return {
    origin,
    url: (onSpent) => `${origin}/launch?token=${tokens.issue(onSpent)}`,
    async close() {
      unsubscribe();
      tokens.close();
      clients.close();
      await Promise.all(servers.map(closeServer));
    },
  };
}

/** A server with limits on slow and many connections. A long answer is no slow request: it has no limit. */
function makeServer(): Server {
  const server = createServer({
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    keepAliveTimeout: 10_000,
    connectionsCheckingInterval: 5_000,
    maxHeaderSize: 16 * 1024,
  });
  server.maxConnections = 256;
  return server;
}

function connect(server: Server, routes: Routes, onError: (error: unknown) => void): void {
  server.on('request', (request, response) => {
    routes.answer(request, response).catch((error: unknown) => {
      onError(error);
      if (response.headersSent) response.destroy();
      else answerText(response, 500, 'Something went wrong inside Keywright.');
    });
  });
  server.on('upgrade', (request, socket, head) => {
    routes.upgrade(request, socket, head).catch((error: unknown) => {
      onError(error);
      socket.destroy();
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
