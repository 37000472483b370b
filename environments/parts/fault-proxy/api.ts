import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { posix } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { asApiError } from './api-error.ts';
import { jsonText } from './json-text.ts';
import type { Proxies } from './proxies.ts';
import { errorFacts, type Reply, routes } from './routes.ts';
import { after } from './timer.ts';

/** How long a change may take that waits for a connection to move. It is made all the same when that one does. */
const PATIENCE_MS = 25_000;

const PLAIN = 'text/plain; charset=utf-8';

/** Serves the API over HTTP as the real server does, with the statuses and the texts of its router. */
export const apiServer = (proxies: Proxies): Server =>
  createServer((request, response) => {
    answer(request, response, proxies).catch(() => response.destroy());
  });

async function answer(request: IncomingMessage, response: ServerResponse, proxies: Proxies): Promise<void> {
  const url = request.url ?? '/';
  const queryAt = url.includes('?') ? url.indexOf('?') : url.length;
  const path = decoded(url.slice(0, queryAt));
  if (path === undefined) return send(response, { status: 400, type: PLAIN, text: '400 Bad Request' });
  const clean = posix.normalize(path);
  if (clean !== path) {
    response.setHeader('Location', encodeURI(clean) + url.slice(queryAt));
    return send(response, { status: 301 });
  }
  const route = routes.find((each) => each.path.test(path));
  if (route === undefined) return send(response, plain(404, '404 page not found'));
  const handler = route.methods[request.method ?? ''];
  if (handler === undefined) return send(response, { status: 405 });

  response.setHeader('X-Toxiproxy-Request-Id', requestId());
  if (request.headers['user-agent']?.startsWith('Mozilla/'))
    return send(response, plain(403, 'User agent not allowed'));
  const body = await buffer(request);
  const { proxy = '', toxic = '' } = route.path.exec(path)?.groups ?? {};
  send(response, await inTime(handler({ proxies, proxy, toxic, body })));
}

async function inTime(reply: Promise<Reply>): Promise<Reply> {
  const { promise: late, resolve } = Promise.withResolvers<Reply>();
  const callOff = after(PATIENCE_MS, () => resolve(TIMED_OUT));
  try {
    return await Promise.race([reply, late]);
  } catch (error) {
    const refusal = asApiError(error);
    return plain(refusal.status, jsonText(errorFacts(refusal)));
  } finally {
    callOff();
  }
}

function send(response: ServerResponse, { status, type, nosniff, text = '' }: Reply): void {
  response.statusCode = status;
  if (type !== undefined) response.setHeader('Content-Type', type);
  if (nosniff) response.setHeader('X-Content-Type-Options', 'nosniff');
  if (status !== 204) response.setHeader('Content-Length', Buffer.byteLength(text));
  response.end(text);
}

const plain = (status: number, text: string): Reply => ({
  status,
  type: PLAIN,
  nosniff: true,
  text: `${text}\n`,
});

const TIMED_OUT: Reply = {
  status: 503,
  type: 'text/html; charset=utf-8',
  text: '<html><head><title>Timeout</title></head><body><h1>Timeout</h1></body></html>',
};

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/** Twelve bytes as twenty digits of base 32, as the real server numbers what it answers. */
const requestId = (): string =>
  (BigInt(`0x${randomBytes(12).toString('hex')}`) << 4n).toString(32).padStart(20, '0');
