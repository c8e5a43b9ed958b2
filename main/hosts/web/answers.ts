import type { ServerResponse } from 'node:http';
import type { Reply } from '../../../shared/contract/index.ts';

/** Answers with one plain sentence. */
export function answerText(
  response: ServerResponse,
  status: number,
  sentence: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', ...headers });
  response.end(`${sentence}\n`);
}

/** Answers with a reply of the contract. */
export function answerReply(
  response: ServerResponse,
  status: number,
  reply: Reply<unknown>,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'Content-Type': 'application/json; charset=utf-8', ...headers });
  response.end(JSON.stringify(reply));
}

/** Answers with a small page without a style sheet. Its empty icon keeps the browser from asking for one. */
export function answerPage(
  response: ServerResponse,
  status: number,
  page: { title: string; body: string; head?: string },
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8', ...headers });
  response.end(
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">` +
      `<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><title>${page.title}</title>${page.head ?? ''}</head>` +
      `<body><h1>${page.title}</h1>${page.body}</body></html>`,
  );
}
