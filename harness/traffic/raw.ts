import { request } from 'node:http';
import { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { type Answer, headerPairs, LONGEST_BODY, type Lost, type Response } from './answer.ts';
import type { Connection } from './connection.ts';
import { NoAnswer } from './exchange.ts';
import type { Limits } from './limits.ts';

/**
 * Sends exactly these bytes, well-formed or not, and reads one HTTP response. The connection must be fresh and is
 * closed afterwards, because nobody can say where such a request ends.
 */
export function sendRaw(connection: Connection, bytes: Uint8Array, limits: Limits): Promise<Answer | Lost> {
  return connection.surrender((socket, writing) => {
    writing();
    socket.write(bytes);
    return readResponse(socket, { bodiless: startsWith(bytes, 'HEAD ') });
  }, limits);
}

/** Node's HTTP client reads the response to a request of its own, which is never sent. */
function readResponse(socket: TLSSocket, { bodiless }: { bodiless: boolean }): Promise<Response> {
  return new Promise((resolve, reject) => {
    const asking = request({
      method: bodiless ? 'HEAD' : 'POST',
      createConnection: () => listeningOnly(socket),
    });
    asking.on('error', reject);
    asking.on('upgrade', () => reject(new NoAnswer('The peer switched protocols without being asked')));
    asking.on('response', (incoming) => {
      const status = incoming.statusCode ?? 0;
      const headers = headerPairs(incoming.rawHeaders);
      let body = Buffer.alloc(0);
      incoming.on('data', (chunk: Buffer) => {
        body = Buffer.concat([body, chunk]);
        if (body.length <= LONGEST_BODY) return;
        resolve({ status, headers, body: body.subarray(0, LONGEST_BODY), truncated: true });
        incoming.destroy();
      });
      incoming.on('end', () => resolve({ status, headers, body, truncated: false }));
      incoming.on('error', reject);
    });
    asking.end();
  });
}

/** What comes in on the socket, with an outgoing side that leads nowhere. */
function listeningOnly(socket: TLSSocket): Duplex {
  const listener = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  socket.on('data', (chunk) => listener.push(chunk));
  socket.on('end', () => listener.push(null));
  socket.on('error', (error) => listener.destroy(error));
  socket.on('close', () => listener.destroy());
  return listener;
}

const startsWith = (bytes: Uint8Array, text: string): boolean =>
  Buffer.from(bytes.subarray(0, text.length)).toString('latin1') === text;
