import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocketServer } from 'ws';
import { once } from '../common/static-files.ts';
import type { Client, Clients } from './clients.ts';
import { chooseProtocol } from './page-key.ts';

const MOST_SOCKETS = 32;

/** Turns upgrade requests of known clients into WebSockets that carry events, one way. */
export type EventSockets = {
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, client: Client): Promise<void>;
};

/** Makes the server side of `/api/events`. The library is loaded with the first socket, not at start. */
export function createEventSockets(clients: Clients): EventSockets {
  const server = once(async (): Promise<WebSocketServer> => {
    const { WebSocketServer } = await import('ws');
    // A page has nothing to say here: it calls by POST. Small frames are let in only to be refused below.
    return new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: 1024,
      perMessageDeflate: false,
      handleProtocols: chooseProtocol,
    });
  });
  return {
    async accept(request, socket, head, client) {
      if (client.listeners.size >= MOST_SOCKETS) {
        refuseUpgrade(socket, '429 Too Many Requests', 'This browser has too many pages of Keywright open.');
        return;
      }
      const ready = await server();
      ready.handleUpgrade(request, socket, head, (webSocket) => {
        const detach = clients.attach(client, {
          send: (text) => webSocket.send(text),
          close: () => webSocket.close(1001, 'Keywright stops.'),
        });
        webSocket.on('message', () => webSocket.close(1008, 'Events go one way.'));
        webSocket.on('close', detach);
        // A broken connection is followed by close, which does all there is to do.
        webSocket.on('error', () => webSocket.terminate());
      });
    },
  };
}

/** Answers an upgrade request with a plain sentence and ends the connection. */
export function refuseUpgrade(socket: Duplex, status: string, sentence: string): void {
  const body = `${sentence}\n`;
  socket.end(
    [
      `HTTP/1.1 ${status}`,
      'Connection: close',
      'Content-Type: text/plain; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  );
}
