import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import type { IncomingMessage, RequestListener } from 'node:http';
import { createServer as createHttpsServer, type ServerOptions } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import { monotonicMs } from '../clock.ts';
import type { Answer, Lost } from './answer.ts';
import { type Connection, openConnection, type Request } from './connection.ts';
import { issue, makeCaSets } from './identities.ts';
import type { Destination } from './wire.ts';

const sets = await makeCaSets();
const [replica, client, rogue, expired, wrongPurpose] = await Promise.all([
  issue(sets.old, { id: 'replica', purpose: 'server', validity: 'valid' }),
  issue(sets.old, { id: 'client', purpose: 'client', validity: 'valid' }),
  issue(sets.rogue, { id: 'rogue', purpose: 'client', validity: 'valid' }),
  issue(sets.old, { id: 'expired', purpose: 'client', validity: 'expired' }),
  issue(sets.old, { id: 'wrong-purpose', purpose: 'server', validity: 'valid' }),
]);
const TLS: ServerOptions = {
  key: replica.key.reveal(),
  cert: replica.chain,
  ca: sets.old.anchor.certificate,
  requestCert: true,
  noDelay: true,
};
// One list for all connections, so that whatever is remembered of it would be seen to resume sessions.
const TRUST = [sets.old.anchor];
const SOON = { deadlineMs: 2000 };
const POST: Request = { method: 'POST', target: '/v1', headers: [], body: Buffer.from('{"a":1}') };

test('a connection says what was true at its birth', async () => {
  await using server = await https(answerOk);
  await using connection = await opened(server.port);

  expect(connection).toMatchObject({ resumed: false, tlsVersion: 'TLSv1.3', closed: false });
  expect(connection.serverFingerprint).toBe(replica.fingerprint256);
  expect(connection.localPort).toBeGreaterThan(0);
  expect(connection.openedAtMs).toBeLessThanOrEqual(monotonicMs());
});

test('an answer carries its times, status, headers as they came, and body', async () => {
  await using server = await https((_request, response) => {
    response.sendDate = false;
    response.setHeader('X-Two', ['1', '2']);
    response.writeHead(401, { 'Content-Length': 2 }).end('no');
  });
  await using connection = await opened(server.port);
  const before = monotonicMs();

  const answer = answered(await connection.send(POST, SOON));

  expect(answer).toMatchObject({ status: 401, body: Buffer.from('no'), truncated: false });
  expect(answer.headers).toEqual([
    ['X-Two', '1'],
    ['X-Two', '2'],
    ['Content-Length', '2'],
    ['Connection', 'keep-alive'],
    ['Keep-Alive', 'timeout=5'],
  ]);
  expect(before).toBeLessThanOrEqual(answer.sentAtMs);
  expect(answer.sentAtMs).toBeLessThan(answer.answeredAtMs);
});

test('a kept connection carries many requests and the server counts one, however short a stay it announces', async () => {
  await using server = await https((request, response) => {
    response.setHeader('Keep-Alive', 'timeout=1');
    answerOk(request, response);
  });
  await using connection = await opened(server.port);

  for (let sent = 0; sent < 5; sent++) answered(await connection.send(POST, SOON));

  expect(server.connections).toBe(1);
  expect(connection.closed).toBe(false);
});

test('a request goes out byte for byte: order, repetition, Latin-1 and chunks', async () => {
  await using server = await scripted((socket, sent) => {
    if (sent.toString('latin1').endsWith('\r\n0\r\n\r\n')) socket.end(sent.length ? httpAnswer(sent) : '');
  });
  await using connection = await opened(server.port);
  const headers = [
    ['X-B', '1'],
    ['x-a', 'caf\u00e9 \u0080\u00ff'],
    ['X-B', '2'],
  ] as const;

  const answer = answered(
    await connection.send(
      { method: 'POST', target: '/v1?x=%20', headers, body: Buffer.from('abcdefgh'), chunked: true },
      SOON,
    ),
  );

  expect(answer.body.toString('latin1')).toBe(
    `POST /v1?x=%20 HTTP/1.1\r\nhost: 127.0.0.1:${server.port}\r\nconnection: keep-alive\r\n` +
      'X-B: 1\r\nx-a: caf\u00e9 \u0080\u00ff\r\nX-B: 2\r\ntransfer-encoding: chunked\r\n' +
      '\r\n2\r\nab\r\n2\r\ncd\r\n2\r\nef\r\n2\r\ngh\r\n0\r\n\r\n',
  );
});

test('a Host of its own is sent instead of ours, even if it changes on a kept connection', async () => {
  const hosts: (string | undefined)[] = [];
  await using server = await https((request, response) => {
    hosts.push(request.headers.host);
    answerOk(request, response);
  });
  await using connection = await opened(server.port);

  for (const host of ['one.test', 'two.test']) {
    answered(await connection.send({ ...POST, headers: [['Host', host]] }, SOON));
  }

  expect(hosts).toEqual(['one.test', 'two.test']);
  expect(server.connections).toBe(1);
});

test('what an HTTP client would not send as given is the caller’s mistake, not evidence', async () => {
  await using server = await https(answerOk);
  await using connection = await opened(server.port);
  const mistakes: Request[] = [
    { ...POST, headers: [['X-Nonce', 'π']] },
    { ...POST, headers: [['Transfer-Encoding', 'chunked']] },
    { ...POST, headers: [['Content-Length', '3']] },
    { ...POST, body: Buffer.alloc(0), chunked: true },
  ];

  for (const mistake of mistakes) {
    await expect(connection.send(mistake, SOON)).rejects.toThrow(/send its bytes/);
  }
  answered(await connection.send(POST, SOON));
});

test('a connection carries one request at a time', async () => {
  await using server = await https(answerOk);
  await using connection = await opened(server.port);

  const first = connection.send(POST, SOON);

  await expect(connection.send(POST, SOON)).rejects.toThrow('the connection carries another request');
  answered(await first);
});

test.each(['TLSv1.3', 'TLSv1.2'] as const)(
  'in %s a fresh connection is never resumed, and a session resumes only where it is given',
  async (maxVersion) => {
    await using server = await https(answerOk, { maxVersion, rejectUnauthorized: true });
    await using first = await opened(server.port);
    answered(await first.send(POST, SOON));
    await using second = await opened(server.port);
    await using third = await opened(server.port, { session: first.session()! });

    expect([first.resumed, second.resumed, third.resumed]).toEqual([false, false, true]);
    expect(third.serverFingerprint).toBeUndefined();
    answered(await third.send(POST, SOON));
  },
);

test('a server that only asks for a certificate tells us apart in its answer', async () => {
  await using server = await https(
    (request, response) => response.end(String((request.socket as TLSSocket).authorized)),
    { rejectUnauthorized: false },
  );
  const seen = await Promise.all(
    [client, rogue, expired, undefined].map(async (identity) => {
      await using connection = await opened(server.port, identity ? { identity } : {}, true);
      return answered(await connection.send(POST, SOON)).body.toString();
    }),
  );

  expect(seen).toEqual(['true', 'false', 'false', 'false']);
});

test('a server that says goodbye with its answer has answered, and the next request is never written', async () => {
  await using server = await https((request, response) => {
    response.setHeader('Connection', 'close');
    answerOk(request, response);
  });
  await using connection = await opened(server.port);

  answered(await connection.send(POST, SOON));

  expect(connection.closed).toBe(true);
  expect(await connection.send(POST, SOON)).toMatchObject({ kind: 'lost', how: 'closed', written: false });
  expect(server.connections).toBe(1);
});

test('an answer that comes before the request was read is an answer, although our writing fails', async () => {
  await using server = await scripted((socket, _sent) => {
    socket.pause();
    socket.end(httpAnswer(Buffer.from('too much')), () => socket.destroy());
  });
  const body = Buffer.alloc(4_000_000, 'x');

  for (const chunked of [false, true, false, true, false, true]) {
    await using connection = await opened(server.port);
    const answer = answered(await connection.send({ ...POST, body, chunked }, SOON));
    expect(answer.body.toString()).toBe('too much');
  }
});

test('a body beyond what we keep is cut off', async () => {
  await using server = await https((_request, response) => response.end(Buffer.alloc(100_000, 'x')));
  await using connection = await opened(server.port);

  const answer = answered(await connection.send(POST, SOON));

  expect(answer).toMatchObject({ truncated: true, status: 200 });
  expect(answer.body).toHaveLength(65_536);
});

test.each<[string, (socket: TLSSocket, reset: () => void) => void, Partial<Lost>]>([
  ['no HTTP', (socket) => socket.write('220 mail ready\r\n'), { how: 'malformed', bytesReceived: true }],
  ['a close', (socket) => socket.end(), { how: 'closed', bytesReceived: false }],
  ['a reset', (_socket, reset) => reset(), { how: 'reset', bytesReceived: false }],
  ['half an answer', (socket) => socket.end(HALF), { how: 'closed', bytesReceived: true }],
  ['half a chunk', (socket) => socket.end(HALF_A_CHUNK), { how: 'closed', bytesReceived: true }],
  [
    'half an answer and a reset',
    (socket, reset) => socket.write(HALF, () => setImmediate(reset)),
    { how: 'reset', bytesReceived: true },
  ],
])('a request that gets %s is lost, and it is said how', async (_name, misbehave, expected) => {
  await using server = await scripted((socket, _sent, reset) => misbehave(socket, reset));
  await using connection = await opened(server.port);

  const lost = await connection.send(POST, SOON);

  expect(lost).toMatchObject({ kind: 'lost', written: true, ...expected });
  expect(connection.closed).toBe(true);
});

test.each([
  ['nothing', ''],
  ['half an answer', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi'],
])('a server that answers %s and hangs is given up at the deadline', async (_name, part) => {
  await using server = await scripted((socket) => socket.write(part));
  await using connection = await opened(server.port);

  const before = monotonicMs();
  const lost = await connection.send(POST, { deadlineMs: 150 });

  expect(lost).toMatchObject({ kind: 'lost', how: 'timeout', bytesReceived: part !== '' });
  expect((lost as Lost).endedAtMs - before).toBeGreaterThanOrEqual(148);
  expect(connection.closed).toBe(true);
});

test('an interrupted run rejects with the reason of the interruption', async () => {
  await using server = await scripted(() => undefined);
  await using connection = await opened(server.port);
  const run = new AbortController();
  const sending = connection.send(POST, { ...SOON, signal: run.signal });

  run.abort(new Error('Ctrl-C'));

  await expect(sending).rejects.toThrow('Ctrl-C');
  await expect(openConnection({ ...to(server.port), signal: run.signal })).rejects.toThrow('Ctrl-C');
});

test('a server that we do not trust is not connected to', async () => {
  await using server = await https(answerOk);

  expect(await openConnection(to(server.port, { serverTrust: [sets.next.anchor] }))).toMatchObject({
    kind: 'unopened',
    how: 'untrusted',
    detail: expect.stringMatching(/^the client does not trust the certificate it was shown: ./),
  });
  expect(await openConnection(to(server.port, { serverTrust: [] }))).toMatchObject({ how: 'untrusted' });
  expect(await openConnection(to(server.port, { servername: 'other.test' }))).toMatchObject({
    how: 'untrusted',
  });
  await using named = await opened(server.port, { servername: 'localhost' });
  expect(named.resumed).toBe(false);
});

test('in TLS 1.2 an absent certificate is refused while connecting, with the alert', async () => {
  await using server = await https(answerOk, { maxVersion: 'TLSv1.2', rejectUnauthorized: true });

  expect(await openConnection(to(server.port, {}, true))).toMatchObject({
    kind: 'unopened',
    how: 'refused',
    alert: 'handshake_failure',
  });
});

test('a connection that does not come about says why', async () => {
  await using plain = await listening(createTcpServer((socket) => socket.end('220 mail ready\r\n')));
  await using silent = await listening(createTcpServer());
  await using closing = await listening(createTcpServer((socket) => socket.on('data', () => socket.end())));
  await using resetting = await listening(
    createTcpServer((socket) => socket.on('data', () => socket.resetAndDestroy())),
  );
  const gone = await listening(createTcpServer());
  await gone[Symbol.asyncDispose]();

  expect(await howUnopened(plain.port)).toBe('malformed');
  expect(await howUnopened(silent.port, 100)).toBe('timeout');
  expect(await howUnopened(closing.port)).toBe('closed');
  expect(await howUnopened(resetting.port)).toBe('reset');
  expect(await howUnopened(gone.port)).toBe('unreachable');
});

test('the alert of a server that verifies in the handshake is never lost', { timeout: 30_000 }, async () => {
  await using server = await pythonServer('TLSv1_3');
  const refused = [
    [undefined, 'certificate_required'],
    [rogue, 'unknown_ca'],
    [expired, 'certificate_expired'],
    [wrongPurpose, 'unsupported_certificate'],
  ] as const;

  for (const [identity, alert] of refused) {
    const seen = new Map<string, number>();
    for (let attempt = 0; attempt < 50; attempt++) {
      await using connection = await opened(server.port, identity ? { identity } : {}, !identity);
      // Several writes make it likely that one of them meets a closed socket before the alert is read.
      const outcome = await connection.send({ ...POST, chunked: attempt % 2 === 0 }, SOON);
      const key = outcome.kind === 'lost' ? `${outcome.how} ${outcome.alert}` : outcome.kind;
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
    expect(seen).toEqual(new Map([[`alert ${alert}`, 50]]));
  }
});

test(
  'in TLS 1.2 the alert of a server that verifies in the handshake is never lost either',
  { timeout: 30_000 },
  async () => {
    await using server = await pythonServer('TLSv1_2');
    const alerts = new Set<string | undefined>();

    for (let attempt = 0; attempt < 50; attempt++) {
      const outcome = await openConnection(to(server.port, { identity: expired }));
      alerts.add(outcome.kind === 'unopened' ? outcome.alert : outcome.kind);
    }

    expect([...alerts]).toEqual(['certificate_expired']);
  },
);

test(
  '64 connections opened in small batches are open together and answer at once',
  { timeout: 30_000 },
  async () => {
    await using server = await https(answerOk, { rejectUnauthorized: true });
    await using connections = new AsyncDisposableStack();
    const signal = new AbortController().signal;
    const warnings: Error[] = [];
    const note = (warning: Error): number => warnings.push(warning);
    process.on('warning', note);

    const open: Connection[] = [];
    while (open.length < 64) {
      const batch = await Promise.all(Array.from({ length: 8 }, () => opened(server.port, { signal })));
      open.push(...batch.map((connection) => connections.use(connection)));
    }
    const outcomes = await Promise.all(open.map((connection) => connection.send(POST, { ...SOON, signal })));
    process.off('warning', note);

    expect(outcomes.filter((outcome) => outcome.kind === 'answer')).toHaveLength(64);
    expect(open.some((connection) => connection.resumed)).toBe(false);
    expect(server.connections).toBe(64);
    expect(warnings).toEqual([]);
  },
);

const HALF = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi';
const HALF_A_CHUNK = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhi';

interface Running extends AsyncDisposable {
  readonly port: number;
  readonly connections: number;
}

function https(answer: RequestListener, options: ServerOptions = {}): Promise<Running> {
  return listening(createHttpsServer({ ...TLS, rejectUnauthorized: false, ...options }, answer));
}

/** A TLS server that does as told with what it was sent so far. It can reset the TCP connection underneath. */
function scripted(act: (socket: TLSSocket, sent: Buffer, reset: () => void) => void): Promise<Running> {
  const underneath = new Map<number | undefined, Socket>();
  const server = createTlsServer({ ...TLS, rejectUnauthorized: false }, (socket) => {
    let sent = Buffer.alloc(0);
    const reset = (): unknown => underneath.get(socket.remotePort)?.resetAndDestroy();
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => act(socket, (sent = Buffer.concat([sent, chunk])), reset));
  });
  server.on('connection', (tcp) => underneath.set(tcp.remotePort, tcp));
  return listening(server);
}

async function listening(server: Server): Promise<Running> {
  const sockets = new Set<{ destroy(): unknown }>();
  let connections = 0;
  server.on('connection', (socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A server whose TLS library verifies certificates in the handshake and says so in alerts. Node's does not. */
async function pythonServer(version: 'TLSv1_2' | 'TLSv1_3'): Promise<Running> {
  await using directory = await mkdtempDisposable(join(tmpdir(), 'keydrill-test-'));
  const identity = join(directory.path, 'identity.pem');
  const trusted = join(directory.path, 'trusted.pem');
  await writeFile(identity, replica.chain + '\n' + replica.key.reveal(), { mode: 0o600 });
  await writeFile(trusted, sets.old.anchor.certificate);
  const python = spawn('python3', ['-c', PYTHON_SERVER, identity, trusted, version], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const [port] = await once(python.stdout, 'data');
  return {
    port: Number(port),
    connections: Number.NaN,
    async [Symbol.asyncDispose]() {
      python.kill();
      await once(python, 'exit');
    },
  };
}

const PYTHON_SERVER = `
import os, socketserver, ssl, sys, threading
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1])
context.load_verify_locations(sys.argv[2])
context.verify_mode = ssl.CERT_REQUIRED
context.minimum_version = context.maximum_version = ssl.TLSVersion[sys.argv[3]]
class Refusing(socketserver.BaseRequestHandler):
    def handle(self):
        context.wrap_socket(self.request, server_side=True)
class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    def handle_error(self, request, address):
        pass
# Whoever started this is gone when its end of the pipe is.
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
with Server(('127.0.0.1', 0), Refusing) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
`;

function to(port: number, options: Partial<Destination> = {}, anonymous = false): Destination {
  const identity = anonymous ? {} : { identity: client };
  return { host: '127.0.0.1', port, serverTrust: TRUST, ...SOON, ...identity, ...options };
}

async function opened(
  port: number,
  options: Partial<Destination> = {},
  anonymous = false,
): Promise<Connection> {
  const outcome = await openConnection(to(port, options, anonymous));
  if (outcome.kind === 'unopened') throw new Error(`Not opened: ${outcome.how}, ${outcome.detail}`);
  return outcome;
}

async function howUnopened(port: number, deadlineMs = 2000): Promise<string> {
  const outcome = await openConnection(to(port, { deadlineMs }));
  return outcome.kind === 'unopened' ? outcome.how : outcome.kind;
}

function answered(outcome: Answer | Lost): Answer {
  if (outcome.kind === 'lost') throw new Error(`Lost: ${outcome.how}, ${outcome.detail}`);
  return outcome;
}

const answerOk: RequestListener = (request: IncomingMessage, response) => {
  request.resume().on('end', () => response.end('{"ok":true}'));
};

const httpAnswer = (body: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`), body]);
