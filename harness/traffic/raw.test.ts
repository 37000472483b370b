import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import type { Answer, Lost } from './answer.ts';
import { type Connection, openConnection } from './connection.ts';
import { issue, makeCaSets } from './identities.ts';
import { sendRaw } from './raw.ts';

const sets = await makeCaSets();
const replica = await issue(sets.old, { id: 'replica', purpose: 'server', validity: 'valid' });
const SOON = { deadlineMs: 2000 };
const BYTES = Buffer.from(
  'POST /a b HTTP/1.1\r\nX-Nonce: \xff\xfe\x00\r\nX-Nonce : 2\nnonsense\r\n\r\n{',
  'latin1',
);

test('exactly the given bytes go out, and the connection is closed afterwards', async () => {
  const received: Buffer[] = [];
  await using server = await tlsServer((socket, chunk) => {
    received.push(chunk);
    socket.write(
      'HTTP/1.1 400 Bad\r\nX-B: 1\r\nx-a: 2\r\nX-B: \xe9\r\nContent-Length: 2\r\n\r\nno',
      'latin1',
    );
  });
  const connection = await opened(server.port);

  const answer = await sendRaw(connection, BYTES, SOON);

  expect(Buffer.concat(received)).toEqual(BYTES);
  expect(answer).toMatchObject({ kind: 'answer', status: 400, body: Buffer.from('no'), truncated: false });
  expect((answer as Answer).headers).toEqual([
    ['X-B', '1'],
    ['x-a', '2'],
    ['X-B', '\u00e9'],
    ['Content-Length', '2'],
  ]);
  expect(connection.closed).toBe(true);
});

test.each([
  ['in chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n'],
  ['until the connection ends', 'HTTP/1.1 200 OK\r\n\r\nhi'],
  ['after a hint', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'],
])('an answer that comes %s is read whole', async (_name, text) => {
  await using server = await tlsServer((socket) => socket.end(text));

  const answer = await sendRaw(await opened(server.port), BYTES, SOON);

  expect(answer).toMatchObject({ kind: 'answer', status: 200, body: Buffer.from('hi') });
});

test('the answer to HEAD has no body, whatever length it speaks of', async () => {
  await using server = await tlsServer((socket) =>
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n'),
  );

  const answer = await sendRaw(await opened(server.port), Buffer.from('HEAD / HTTP/1.1\r\n\r\n'), SOON);

  expect(answer).toMatchObject({ kind: 'answer', status: 200, body: Buffer.alloc(0) });
});

test('a body beyond what we keep is cut off', async () => {
  await using server = await tlsServer((socket) =>
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n${'x'.repeat(100_000)}`),
  );

  const answer = (await sendRaw(await opened(server.port), BYTES, SOON)) as Answer;

  expect(answer.truncated).toBe(true);
  expect(answer.body).toHaveLength(65_536);
});

test.each<[string, string, Partial<Lost>]>([
  ['no HTTP', '220 mail ready\r\n', { how: 'malformed', bytesReceived: true }],
  ['a length that is no number', 'HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n', { how: 'malformed' }],
  ['another protocol', 'HTTP/1.1 101 Yes\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n', { how: 'malformed' }],
  ['a close', '', { how: 'closed', bytesReceived: false }],
  [
    'half an answer',
    'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi',
    { how: 'closed', bytesReceived: true },
  ],
])('bytes that get %s are lost, and it is said how', async (_name, text, expected) => {
  await using server = await tlsServer((socket) => socket.end(text));
  const connection = await opened(server.port);

  const lost = await sendRaw(connection, BYTES, SOON);

  expect(lost).toMatchObject({ kind: 'lost', written: true, ...expected });
  expect(connection.closed).toBe(true);
});

test('bytes that are never answered are given up at the deadline', async () => {
  await using server = await tlsServer(() => undefined);
  const connection = await opened(server.port);

  expect(await sendRaw(connection, Buffer.from('POST'), { deadlineMs: 100 })).toMatchObject({
    kind: 'lost',
    how: 'timeout',
    written: true,
    bytesReceived: false,
  });
  expect(connection.closed).toBe(true);
});

test('a refusal of our certificate is seen as the alert it is', async () => {
  await using server = await tlsServer(() => undefined, { requestCert: true, rejectUnauthorized: true });

  for (let attempt = 0; attempt < 20; attempt++) {
    expect(await sendRaw(await opened(server.port), BYTES, SOON)).toMatchObject({
      how: 'alert',
      alert: 'certificate_required',
    });
  }
});

test('raw bytes need a connection of their own', async () => {
  await using server = await tlsServer((socket) =>
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),
  );
  await using connection = await opened(server.port);
  await connection.send({ method: 'GET', target: '/', headers: [], body: Buffer.alloc(0) }, SOON);

  await expect(sendRaw(connection, BYTES, SOON)).rejects.toThrow(
    'the connection has carried a request before',
  );
});

async function tlsServer(
  act: (socket: TLSSocket, chunk: Buffer) => void,
  options: { requestCert?: boolean; rejectUnauthorized?: boolean } = {},
): Promise<AsyncDisposable & { port: number }> {
  const sockets = new Set<TLSSocket>();
  const identity = { key: replica.key.reveal(), cert: replica.chain };
  const server = createServer({ ...identity, ...options }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => act(socket, chunk));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

async function opened(port: number): Promise<Connection> {
  const outcome = await openConnection({ host: '127.0.0.1', port, serverTrust: [sets.old.anchor], ...SOON });
  if (outcome.kind === 'unopened') throw new Error(`Not opened: ${outcome.how}, ${outcome.detail}`);
  return outcome;
}
