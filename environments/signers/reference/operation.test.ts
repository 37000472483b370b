import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { connect as connectTcp, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { promisify } from 'node:util';

import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';

import {
  type Configured,
  freePort,
  GOOD_BODY,
  prepareTrial,
  SIGN_PATH,
  signedHeaders,
  spawnSigner,
  type Started,
  startRedis,
  type Trial,
  verdict,
} from './trial.ts';

const STORE_TIMEOUT_MS = 400;
const USUAL_TLS = { certificateFile: 'server.pem', keyFile: 'server.key', clientCaFile: 'ca.pem' };
const [FIRST_HALF, SECOND_HALF] = [GOOD_BODY.slice(0, 50), GOOD_BODY.slice(50)];
const READY = { method: 'GET', path: '/ready', body: '' };

let trial: Trial;
beforeAll(async () => {
  trial = await prepareTrial();
});
afterAll(() => trial[Symbol.asyncDispose]());

test('a nonce is kept under the agreed key for the configured time', async () => {
  await using signer = await trial.start();
  const nonce = 'nonce:"with" marks';
  await signer.send({ nonce, clientId: '__proto__', secret: 'proto' });

  const store = new Redis({ port: trial.storePort, db: 3 });
  const key = `${signer.port}:["__proto__","nonce:\\"with\\" marks"]`;
  expect(await store.keys(`${signer.port}:*`)).toEqual([key]);
  expect(await store.pttl(key)).toBeGreaterThan(119_000);
  store.disconnect();
});

test('a signer whose store is down starts, fails closed at once, and recovers when the store comes', async () => {
  const port = await freePort();
  await using signer = await startOnStore(port);
  expect(verdict(await signer.send())).toBe('503 SIGNER_UNAVAILABLE');
  expect(verdict(await signer.send(READY))).toBe('503');

  await using redis = await startRedis(port);
  expect(redis.process.exitCode).toBe(null);
  await signer.logged('store-up');
  expect(verdict(await signer.send())).toBe('200');
});

test('a store that goes away refuses everything until it is back', async () => {
  const port = await freePort();
  await using redis = await startRedis(port);
  await using signer = await startOnStore(port);
  const headers = signedHeaders({});
  expect(verdict(await signer.send({ headers }))).toBe('200');

  await redis[Symbol.asyncDispose]();
  await signer.logged('store-down');
  const reply = await signer.send();
  expect(verdict(reply)).toBe('503 SIGNER_UNAVAILABLE');
  expect(reply.body.retryable).toBe(true);
  expect(verdict(await signer.send({ headers }))).toBe('503 SIGNER_UNAVAILABLE');

  const lines = signer.lines.length;
  await using again = await startRedis(port);
  expect(again.process.exitCode).toBe(null);
  await signer.logged('store-up', lines);
  expect(verdict(await signer.send())).toBe('200');
});

test('a store that swallows commands is refused within the bound and found again once it answers', async () => {
  const port = await freePort();
  await using redis = await startRedis(port);
  await using signer = await startOnStore(port);
  expect(verdict(await signer.send())).toBe('200');

  redis.process.kill('SIGSTOP');
  const began = performance.now();
  expect(verdict(await signer.send())).toBe('503 SIGNER_UNAVAILABLE');
  expect(verdict(await signer.send(READY))).toBe('503');
  expect(performance.now() - began).toBeLessThan(2 * STORE_TIMEOUT_MS + 300);
  await signer.logged('store-down');

  const lines = signer.lines.length;
  redis.process.kill('SIGCONT');
  await signer.logged('store-up', lines);
  expect(verdict(await signer.send())).toBe('200');
});

test('a store that refuses to write is never taken for a first use', async () => {
  const port = await freePort();
  await using redis = await startRedis(port);
  expect(redis.process.exitCode).toBe(null);
  await using signer = await startOnStore(port);
  const operator = new Redis({ port });
  await operator.config('SET', 'min-replicas-to-write', '1');
  expect(verdict(await signer.send())).toBe('503 SIGNER_UNAVAILABLE');
  await operator.config('SET', 'min-replicas-to-write', '0');
  await operator.replicaof('127.0.0.1', 1);
  expect(verdict(await signer.send())).toBe('503 SIGNER_UNAVAILABLE');
  await operator.replicaof('NO', 'ONE');
  operator.disconnect();

  await waitUntil(async () => verdict(await signer.send(READY)) === '200');
  expect(verdict(await signer.send())).toBe('200');
});

test('a signer whose database does not exist signs nothing', async () => {
  const replayStore = { host: '127.0.0.1', port: trial.storePort, database: 99, keyPrefix: 'p:' };
  await using signer = await trial.start({ replayStore: { ...replayStore, timeoutMs: STORE_TIMEOUT_MS } });

  expect(verdict(await signer.send())).toBe('503 SIGNER_UNAVAILABLE');
  expect(verdict(await signer.send(READY))).toBe('503');
});

test('a reload applies clients, limits, trust and server certificate together', async () => {
  await using signer = await trial.start();
  await reload(signer, {
    clients: { alice: { hmacSecrets: ['fresh'] } },
    timestampMaxAgeMs: 5000,
    tls: { certificateFile: 'self-signed.pem', keyFile: 'self-signed.key', clientCaFile: 'next-ca.pem' },
  });

  const { nextClient, selfSigned, client } = trial.ids;
  const fresh = { secret: 'fresh', trusts: selfSigned };
  expect(verdict(await signer.send({ ...fresh, identity: nextClient }))).toBe('200');
  expect(verdict(await signer.send({ ...fresh, identity: client }))).toBe('403 AUTH_MTLS_REQUIRED');
  const old = { trusts: selfSigned, identity: nextClient };
  expect(verdict(await signer.send({ ...old, secret: 'current' }))).toBe('401 AUTH_INVALID_HMAC');
  expect(verdict(await signer.send({ ...old, clientId: 'bob' }))).toBe('401 AUTH_INVALID_CLIENT');
  expect(verdict(await signer.send({ ...old, skewMs: -8000 }))).toBe('401 AUTH_TIMESTAMP_SKEW');
});

test('a reload can do without client certificates', async () => {
  await using signer = await trial.start();
  await reload(signer, { requireMtls: false });

  expect(verdict(await signer.send({ identity: null }))).toBe('200');
});

test('two authorities may be trusted at once, in either order', async () => {
  const { ca, nextCa, client, nextClient } = trial.ids;
  await using signer = await trial.start();
  for (const pem of [`${ca.cert}${nextCa.cert}`, `${nextCa.cert}${ca.cert}`]) {
    await reload(signer, await bundle(signer, pem));
    expect(verdict(await signer.send({ identity: client }))).toBe('200');
    expect(verdict(await signer.send({ identity: nextClient }))).toBe('200');
  }
});

test('a broken reload is refused whole, without quoting the file, and the last good state stays', async () => {
  await using signer = await trial.start();
  const pem = trial.ids.nextCa.cert;
  const broken = [
    () => '{"clients": CANARY',
    () => ({ clients: { CANARY: { hmacSecrets: ['CANARY', ' '] } } }),
    () => ({ nonceTtlSeconds: 119, clients: {} }),
    () => ({ tls: { ...USUAL_TLS, keyFile: 'client.key' }, clients: {} }),
    () => bundle(signer, ''),
    () => bundle(signer, '<html>CANARY</html>'),
    () => bundle(signer, pem.slice(0, -40)),
    () => bundle(signer, `${pem}${pem.slice(0, -40)}`),
    () => bundle(signer, `${pem}-----BEGIN CERTIFICATE-----\nCANARY\n-----END CERTIFICATE-----\n`),
  ];

  for (const change of broken) {
    await reload(signer, await change(), 'reload-refused');
    expect(verdict(await signer.send())).toBe('200');
    expect(verdict(await signer.send({ identity: trial.ids.nextClient }))).toBe('403 AUTH_MTLS_REQUIRED');
  }
  expect(signer.lines.join('\n')).not.toContain('CANARY');
});

test('a kept connection survives every change of trust, and each request on it is judged by the bundle in force', async () => {
  const { ca, nextCa } = trial.ids;
  await using signer = await trial.start();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const sockets = new Set<TLSSocket>();
  const send = async (): Promise<string> => {
    const reply = await signer.send({ agent });
    sockets.add(reply.socket);
    return verdict(reply);
  };
  expect(await send()).toBe('200');

  const bundles = {
    [`${ca.cert}${nextCa.cert}`]: '200',
    [nextCa.cert]: '403 AUTH_MTLS_REQUIRED',
    [ca.cert]: '200',
  };
  for (const [pem, judged] of Object.entries(bundles)) {
    await reload(signer, await bundle(signer, pem));
    expect(await send()).toBe(judged);
  }
  expect(sockets.size).toBe(1);
});

test('a connection that resumed a session is judged by the bundle in force as well', async () => {
  await using signer = await trial.start();
  const first = await open(signer);
  const [session] = await once(first, 'session');
  first.destroy();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const before = await signer.send({ agent, session });
  expect([before.wasResumed, verdict(before)]).toEqual([true, '200']);

  await reload(signer, { tls: { ...USUAL_TLS, clientCaFile: 'next-ca.pem' } });
  const after = await signer.send({ agent });
  expect(after.socket).toBe(before.socket);
  expect(verdict(after)).toBe('403 AUTH_MTLS_REQUIRED');
});

test('a request whose certificate loses its trust while the body arrives is refused', async () => {
  await using signer = await trial.start();
  const socket = await beginRequest(signer);
  await reload(signer, { tls: { ...USUAL_TLS, clientCaFile: 'next-ca.pem' } });

  socket.write(SECOND_HALF);
  expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 403 /);
  socket.destroy();
});

test('a handshake that began before trust was taken away is finished and gains nothing', async () => {
  await using signer = await trial.start();
  const early = connectTcp(signer.port, '127.0.0.1');
  await once(early, 'connect');
  await signer.send({ method: 'GET', path: '/health', body: '' });
  await reload(signer, { tls: { ...USUAL_TLS, clientCaFile: 'next-ca.pem' } });

  const { client, server } = trial.ids;
  const { cert, key } = client;
  const socket = connect({ socket: early, host: '127.0.0.1', ca: server.cert, cert, key });
  socket.write(`${headOfRequest()}${GOOD_BODY}`);
  expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 403 /);
  socket.destroy();
});

test('a session is not resumed across a change of trust', async () => {
  await using signer = await trial.start();
  const socket = await open(signer);
  const [session] = await once(socket, 'session');
  socket.destroy();
  await reload(signer, { tls: { ...USUAL_TLS, clientCaFile: 'next-ca.pem' } });

  const reply = await signer.send({ session });
  expect(reply.wasResumed).toBe(false);
  expect(verdict(reply)).toBe('403 AUTH_MTLS_REQUIRED');
});

test('clients that leave in the middle of a body do no harm', async () => {
  await using signer = await trial.start();
  const socket = await beginRequest(signer);
  socket.destroy();

  expect(await signer.logged('decided')).toContain('ABANDONED');
  expect(verdict(await signer.send())).toBe('200');
});

test('the endless body of a stranger is cut off behind the answer', async () => {
  await using signer = await trial.start();
  const socket = await open(signer);
  socket.write(`POST ${SIGN_PATH} HTTP/1.1\r\nHost: signer\r\nTransfer-Encoding: chunked\r\n\r\n`);
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toMatch(/^HTTP\/1\.1 401 /);

  const closed = new Promise((resolve) => socket.once('close', resolve).once('error', resolve));
  for (let sent = 0; sent < 2 ** 20; sent += 2 ** 16) socket.write(`10000\r\n${'x'.repeat(2 ** 16)}\r\n`);
  const outcome = await Promise.race([closed.then(() => 'closed'), pause(3000, 'still open')]);
  expect(outcome).toBe('closed');
});

test('SIGTERM lets the request in hand finish and exits 0 within a second', async () => {
  await using signer = await trial.start();
  const idle = await open(signer);
  const socket = await beginRequest(signer);

  const began = performance.now();
  const exit = once(signer.process, 'exit');
  signer.process.kill('SIGTERM');
  await signer.logged('stopping');
  socket.write(SECOND_HALF);
  expect(await textOf(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\nconnection: close\r\n/);
  expect(await textOf(idle)).toBe('');
  await signer.logged('stopped');
  expect(await exit).toEqual([0, null]);
  expect(performance.now() - began).toBeLessThan(1000);
});

test('SIGTERM has every request answered that arrived before it', async () => {
  await using signer = await trial.start();
  const sockets = await Promise.all(Array.from({ length: 8 }, () => open(signer)));
  const answers = sockets.map(() => '');
  for (const [index, socket] of sockets.entries()) {
    socket.on('data', (chunk) => (answers[index] += String(chunk)));
    socket.write(`${headOfRequest()}${GOOD_BODY}`);
  }
  await waitUntil(() => Promise.resolve(answers.every((text) => text.endsWith('}'))));

  signer.process.kill('SIGSTOP');
  const ends = sockets.map((socket) => once(socket, 'end'));
  const written = sockets.map((socket) => promisify<string, void>(socket.write.bind(socket)));
  await Promise.all(written.map((write) => write(`${headOfRequest()}${GOOD_BODY}`)));
  signer.process.kill('SIGTERM');
  signer.process.kill('SIGCONT');
  await Promise.all(ends);
  for (const text of answers) expect(text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
});

test('a SIGHUP while the modules load does not end the process', async () => {
  const { configFile } = await trial.configure();
  const child = spawnSigner(configFile);
  let output = '';
  child.stdout?.on('data', (chunk) => (output += String(chunk)));
  // Until Node runs the first line of the program the signal is the system's affair.
  await waitUntil(() => catchesHangUp(child.pid));
  let sent = 0;
  while (!output.includes('"listening"') && child.kill('SIGHUP')) {
    sent += 1;
    await pause(2);
  }
  expect(sent).toBeGreaterThan(1);

  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

const UNUSABLE: Record<string, [change: object | string, said: RegExp]> = {
  'text that is not JSON': ['{"clients": CANARY', /is not JSON$/],
  'a blank secret': [{ clients: { CANARY: { hmacSecrets: ['CANARY', ' '] } } }, /clients, entry 1, each of/],
  'no secret': [{ clients: { CANARY: { hmacSecrets: [] } } }, /clients, entry 1, hmacSecrets/],
  'an unknown field': [{ CANARY: 1 }, /unknown field; known are replica, listen/],
  'a missing field': [{ clients: undefined }, /needs "clients"$/],
  'a nonce that is forgotten too soon': [{ nonceTtlSeconds: 119 }, /must cover twice timestampMaxAgeMs$/],
  'a fraction': [{ timestampMaxAgeMs: 0.5 }, /timestampMaxAgeMs must be a whole number/],
  zero: [{ nonceTtlSeconds: 0 }, /nonceTtlSeconds must be a whole number/],
  'a way to reload that nobody knows': [
    { reload: 'CANARY' },
    /reload must be one of signal, watch, command$/,
  ],
  'a certificate file that is missing': [
    { tls: { ...USUAL_TLS, certificateFile: 'CANARY' } },
    /tls.certificateFile: ENOENT$/,
  ],
};

test.each(Object.entries(UNUSABLE))(
  'a configuration with %s ends the program with one line that quotes nothing',
  async (_, [change, said]) => {
    const { configFile, config } = await trial.configure();
    await overwrite({ configFile, config }, change);
    const { code, errors } = await failureOf(configFile);

    expect(code).toBe(1);
    expect(errors).toMatch(/^[^\n]+\n$/);
    expect(errors.trimEnd()).toMatch(said);
    expect(errors).not.toContain('CANARY');
  },
);

test('a port in use ends the program with the address and the reason', async () => {
  await using running = await trial.start();
  const { configFile, config } = running;
  const { code, errors } = await failureOf(configFile);

  expect(code).toBe(1);
  expect(errors).toBe(`Cannot listen on 127.0.0.1:${config.listen.port}: EADDRINUSE\n`);
});

function startOnStore(port: number): Promise<Started> {
  const address = { host: '127.0.0.1', port, database: 0, keyPrefix: 'nonce:' };
  return trial.start({ replayStore: { ...address, timeoutMs: STORE_TIMEOUT_MS } });
}

async function reload(signer: Started, change: object | string, outcome = 'reload-applied'): Promise<void> {
  await overwrite(signer, change);
  const lines = signer.lines.length;
  signer.process.kill('SIGHUP');
  expect(await signer.logged('reload-', lines)).toContain(`"${outcome}"`);
}

async function overwrite({ configFile, config }: Configured, change: object | string): Promise<void> {
  const text = typeof change === 'string' ? change : JSON.stringify({ ...config, ...change });
  await writeFile(configFile, text);
}

/** The part of a configuration that trusts this bundle. */
async function bundle({ configFile }: Configured, pem: string): Promise<object> {
  await writeFile(`${configFile}.pem`, pem);
  return { tls: { ...USUAL_TLS, clientCaFile: `${configFile}.pem` } };
}

async function open(signer: Started): Promise<TLSSocket> {
  const { client, server } = trial.ids;
  const { cert, key } = client;
  const socket = connect({ host: '127.0.0.1', port: signer.port, ca: server.cert, cert, key });
  await once(socket, 'secureConnect');
  return socket;
}

/** A good request of which the signer has the head and half of the body. */
async function beginRequest(signer: Started): Promise<TLSSocket> {
  const socket = await open(signer);
  socket.write(`${headOfRequest()}${FIRST_HALF}`);
  // The signer reads in the order of arrival: once it has answered this probe it has read what was sent before.
  await signer.send({ method: 'GET', path: '/health', body: '' });
  return socket;
}

function headOfRequest(): string {
  const headers = { Host: 'signer', 'Content-Length': GOOD_BODY.length, ...signedHeaders({}) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${SIGN_PATH} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

async function textOf(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

async function failureOf(configFile: string): Promise<{ code: unknown; errors: string }> {
  const child = spawnSigner(configFile);
  let errors = '';
  child.stderr?.on('data', (chunk) => (errors += String(chunk)));
  const [code] = await once(child, 'close');
  return { code, errors };
}

async function catchesHangUp(pid: number | undefined): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0';
  return (BigInt(`0x${caught}`) & 1n) === 1n;
}

async function waitUntil(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error('The condition did not hold within 5 s');
    await pause(2);
  }
}
