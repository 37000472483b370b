import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

import { Redis } from 'ioredis';
import { afterEach, expect, test } from 'vitest';

import { ReplayStore } from './replay-store.ts';
import { freePort, startRedis } from './trial.ts';

const TIMEOUT_MS = 300;

let owned = new AsyncDisposableStack();
afterEach(async () => {
  await owned.disposeAsync();
  owned = new AsyncDisposableStack();
});

test('a store that answers byte by byte without end is refused within the bound', async () => {
  const port = await fakeStore((socket) => {
    const drip = setInterval(() => socket.write('O'), TIMEOUT_MS / 10);
    socket.once('close', () => clearInterval(drip)).write('+');
  });
  const store = await openStore(port);

  const began = performance.now();
  await expect(consume(store)).rejects.toMatchObject({ errorCode: 'SIGNER_UNAVAILABLE' });
  expect(performance.now() - began).toBeLessThan(TIMEOUT_MS + 200);
});

test('a store that resets the connection is not waited for', async () => {
  const patienceMs = 5000;
  const store = await openStore(await fakeStore((socket) => void socket.resetAndDestroy()), patienceMs);

  const began = performance.now();
  await expect(consume(store)).rejects.toMatchObject({ errorCode: 'SIGNER_UNAVAILABLE' });
  expect(performance.now() - began).toBeLessThan(patienceMs / 2);
});

test.each([
  ['answers with an error', '-OOM command not allowed\r\n'],
  ['answers with a word that is not OK', '+QUEUED\r\n'],
  ['answers with a number', ':1\r\n'],
  ['answers with an empty text', '$0\r\n\r\n'],
  ['answers nonsense', 'nonsense\r\n'],
])('a store that %s grants nothing', async (_, reply) => {
  const store = await openStore(await fakeStore((socket) => void socket.write(reply)));

  await expect(consume(store)).rejects.toMatchObject({ errorCode: 'SIGNER_UNAVAILABLE' });
});

test('after a failover the new primary is found without a restart', async () => {
  const [demoted, promoted, address] = await Promise.all([freePort(), freePort(), freePort()]);
  owned.use(await startRedis(demoted));
  owned.use(await startRedis(promoted));
  let primary = demoted;
  await serve(address, (socket) => {
    const onward = connect(primary, '127.0.0.1');
    socket.pipe(onward).pipe(socket);
    socket.once('close', () => onward.destroy());
    onward.once('close', () => socket.destroy());
    for (const end of [socket, onward]) end.on('error', () => {});
  });
  const store = await openStore(address);
  expect(await consume(store)).toBe(true);

  const operator = new Redis({ port: demoted });
  await operator.replicaof('127.0.0.1', promoted);
  operator.disconnect();
  primary = promoted;
  await expect(consume(store)).rejects.toMatchObject({ errorCode: 'SIGNER_UNAVAILABLE' });
  await expect.poll(() => store.isReachable(), { timeout: 3000, interval: 20 }).toBe(true);
  expect(await consume(store)).toBe(true);
});

let used = 0;
function consume(store: ReplayStore): Promise<boolean> {
  used += 1;
  return store.consume('alice', `nonce-${used}`, 120);
}

async function openStore(port: number, timeoutMs = TIMEOUT_MS): Promise<ReplayStore> {
  const address = { host: '127.0.0.1', port, database: 0, keyPrefix: 'p:', timeoutMs };
  const store = await new Promise<ReplayStore>((resolve) => {
    const opened = new ReplayStore(address, 'replica-1', (event) => event === 'store-up' && resolve(opened));
  });
  owned.defer(() => store.close());
  return store;
}

/** A store that takes part in the greeting and answers a SET as it likes. */
function fakeStore(answerToSet: (socket: Socket) => void): Promise<number> {
  return freePort().then((port) =>
    serve(port, (socket) => {
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        const text = String(chunk).toLowerCase();
        if (/\r\nset\r\n/.test(text)) return answerToSet(socket);
        for (const [command] of text.matchAll(/\*\d+\r\n\$\d+\r\n\w+/g)) {
          socket.write(command.endsWith('hello') ? '-ERR unknown command hello\r\n' : '+OK\r\n');
        }
      });
    }),
  );
}

async function serve(port: number, onConnection: (socket: Socket) => void): Promise<number> {
  const open = new Set<Socket>();
  const server: Server = createServer((socket) => {
    open.add(socket);
    onConnection(socket);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  owned.defer(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return port;
}
