import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { StoreErrorCode } from '../../../harness/faults/mischief.ts';
import type { RedisServer } from '../redis.ts';
import { settles } from '../settles.ts';
import type { DeedOnConnection } from './conversation.ts';
import { STORE_ERRORS } from './store-errors.ts';
import { openStoreProxy, type StoreProxy } from './store-proxy.ts';
import { openWorkshop, request, until, type Workshop } from './store-proxy.fixture.ts';

let workshop: Workshop;
let redis: RedisServer;
let proxy: StoreProxy;

beforeEach(async () => {
  workshop = await openWorkshop();
  redis = await workshop.redis();
  proxy = await openStoreProxy({ port: await workshop.port(), upstream: redis.at });
});

afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
  await workshop[Symbol.asyncDispose]();
});

async function clientNamed(name: string, protocol: 2 | 3 = 3): Promise<Redis> {
  const client = workshop.client(proxy.at, { connectionName: name, protocol });
  await client.ping();
  return client;
}

const spend = (client: Redis, nonce: string): Promise<unknown> => client.set(nonce, '1', 'PX', 60_000, 'NX');

const deedsOf = (name: string): DeedOnConnection[] =>
  proxy.deeds().filter(({ client }) => client.name === name);

/** A socket that has been answered, so that it is known to be joined. */
async function joined(): Promise<Socket> {
  const socket = workshop.dial(proxy.at);
  socket.write('PING\r\n');
  await once(socket, 'data');
  return socket;
}

test.each(Object.keys(STORE_ERRORS) as StoreErrorCode[])(
  'a client is told %s until it is healed, and the store is not asked',
  async (code) => {
    const client = await clientNamed('replica-1');
    const other = await clientNamed('replica-2', 2);
    const [command, ...words] = code === 'NOSCRIPT' ? ['EVALSHA', 'x', '0'] : ['SET', 'nonce', '1'];
    proxy.serve({ kind: 'error', code });

    for (const each of [client, client, other]) {
      await expect(each.call(command ?? '', ...words)).rejects.toThrow(new RegExp(`^${code} `));
    }
    expect(deedsOf('replica-1')).toMatchObject([{ forwarded: 0, refused: { [code]: 2 }, isOpen: true }]);
    expect(deedsOf('replica-2')).toMatchObject([{ forwarded: 0, refused: { [code]: 1 }, isOpen: true }]);
    expect(await redis.look.exists('nonce')).toBe(0);

    proxy.heal();
    expect(await spend(client, 'nonce')).toBe('OK');
    expect(deedsOf('replica-1')).toMatchObject([{ forwarded: 1, refused: { [code]: 2 } }]);
  },
);

test('a connection is known by the ports that either side sees', async () => {
  const socket = await joined();
  const [deed] = proxy.deeds();
  expect(deed?.client).toEqual({ name: undefined, port: socket.localPort });
  expect(String(await redis.look.client('LIST'))).toContain(`addr=127.0.0.1:${deed?.upstreamPort} `);
  socket.resume().end();
  await until(() => proxy.deeds()[0]?.isOpen === false);
  proxy.serve({ kind: 'reply-held' });
  expect(proxy.deeds()).toEqual([]);
});

test('refusals and replies come in the order of their commands, whatever is slow or pushed in between', async () => {
  const socket = await joined();
  socket.write('HELLO 3\r\nCLIENT TRACKING ON\r\nGET nonce\r\n');
  let said = '';
  socket.setEncoding('latin1').on('data', (text) => (said += text));
  await until(() => said.endsWith('+OK\r\n_\r\n'));
  said = '';
  proxy.serve({ kind: 'error', code: 'OOM' });
  socket.write('BLPOP list 0\r\nSET nonce 1\r\nGET nonce\r\nSET nonce 2\r\nPING\r\n');
  await until(() => proxy.deeds()[0]?.refused.OOM === 2);
  await redis.look.set('nonce', 'x');
  const pushed = '>2\r\n$10\r\ninvalidate\r\n*1\r\n$5\r\nnonce\r\n';
  await until(() => said.length >= pushed.length);
  await redis.look.rpush('list', 'y');
  await until(() => said.includes('PONG'));
  const refused = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";
  const popped = '*2\r\n$4\r\nlist\r\n$1\r\ny\r\n';
  expect(said).toBe(`${pushed}${popped}${refused}$1\r\nx\r\n${refused}+PONG\r\n`);
});

test('a transaction open when the store runs out of memory is aborted, and nothing of it is done', async () => {
  const client = await clientNamed('replica-1');
  await client.multi({ pipeline: false });
  await client.set('nonce', '1');
  proxy.serve({ kind: 'error', code: 'OOM' });
  await expect(client.get('other')).rejects.toThrow(/^OOM /);
  await expect(client.exec()).rejects.toThrow(/^EXECABORT Transaction discarded because of: OOM /);
  proxy.heal();
  expect(await client.get('nonce')).toBeNull();
  await client.multi().set('nonce', '1').exec();
  expect(await client.get('nonce')).toBe('1');
});

test('a transaction spoiled by a refusal is aborted even when healed', async () => {
  const client = await clientNamed('replica-1');
  await client.multi({ pipeline: false });
  proxy.serve({ kind: 'error', code: 'READONLY' });
  await expect(client.set('nonce', '1')).rejects.toThrow(/^READONLY /);
  proxy.heal();
  await expect(client.exec()).rejects.toThrow('EXECABORT Transaction discarded because of previous errors.');
  expect(await spend(client, 'nonce')).toBe('OK');
});

test('a client that asks first whether the store is loading waits until it is healed', async () => {
  proxy.serve({ kind: 'error', code: 'LOADING' });
  for (const protocol of [2, 3] as const) {
    const client = workshop.client(proxy.at, { protocol, enableReadyCheck: false });
    expect(await client.info('persistence')).toContain('\nloading:1\r');
  }
  proxy.heal();
  expect(await (await clientNamed('replica-1')).info('persistence')).toContain('\nloading:0\r');
});

test('a command is carried out and its reply lost with the connection, as often as told', async () => {
  const client = await clientNamed('replica-1');
  proxy.serve({ kind: 'reply-lost', connection: 'reset', commands: 1 });
  expect(await client.get('nonce')).toBeNull();
  await expect(spend(client, 'nonce')).rejects.toThrow();
  expect(await redis.look.get('nonce')).toBe('1');
  await until(async () => (await client.ping().catch(() => '')) === 'PONG');
  expect(await spend(client, 'nonce')).toBeNull();
  const lost = deedsOf('replica-1').map(({ isOpen, withheld }) => [isOpen, withheld.lost]);
  expect(lost).toEqual([
    [false, 1],
    [true, 0],
  ]);
});

test('a reply lost without a sign leaves the client waiting, and healing resets its connection', async () => {
  const client = await clientNamed('replica-1');
  const other = await clientNamed('replica-2');
  proxy.serve({ kind: 'reply-lost', connection: 'hangs', commands: 1 });
  const waiting = Promise.allSettled([spend(client, 'nonce'), client.ping()]);
  await until(async () => (await redis.look.get('nonce')) === '1');
  await until(() => deedsOf('replica-1')[0]?.withheld.lost === 1);
  expect(await settles(waiting, 100)).toBe(false);
  expect(await spend(other, 'other')).toBe('OK');

  proxy.heal();
  expect((await waiting).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await until(async () => (await client.ping().catch(() => '')) === 'PONG');
});

test('what the store refuses itself was not carried out, and its reply is not withheld', async () => {
  const client = await clientNamed('replica-1');
  await redis.look.rpush('list', 'x');
  proxy.serve({ kind: 'reply-lost', connection: 'reset', commands: 1 });
  await expect(client.incr('list')).rejects.toThrow(/^WRONGTYPE /);
  await expect(spend(client, 'nonce')).rejects.toThrow();
  expect(await redis.look.get('nonce')).toBe('1');
  expect(deedsOf('replica-1')[0]?.withheld.lost).toBe(1);
});

test('a transaction that writes is one command, carried out at its end', async () => {
  const client = await clientNamed('replica-1');
  proxy.serve({ kind: 'reply-lost', connection: 'reset', commands: 1 });
  await expect(client.multi().get('nonce').exec()).resolves.toHaveLength(1);
  await client.multi({ pipeline: false });
  expect(await client.set('nonce', '1')).toBe('QUEUED');
  expect(await redis.look.exists('nonce')).toBe(0);
  await expect(client.exec()).rejects.toThrow();
  expect(await redis.look.exists('nonce')).toBe(1);
});

test('a reply is cut in the middle', async () => {
  const socket = await joined();
  proxy.serve({ kind: 'reply-cut' });
  let said = '';
  socket.setEncoding('latin1').on('data', (text) => (said += text));
  const end = once(socket, 'error');
  socket.write('GET nonce\r\nSET nonce 1\r\nSET other 1\r\nPING\r\n');
  expect(await end).toMatchObject([{ code: 'ECONNRESET' }]);
  expect(said).toBe('$-1\r\n+O');
  expect(await redis.look.get('nonce')).toBe('1');
  expect(proxy.deeds()).toMatchObject([{ isOpen: false, withheld: { cut: 1, lost: 1 } }]);
});

test('replies are held until healed, and arrive in their order with what came after them', async () => {
  const client = await clientNamed('replica-1');
  proxy.serve({ kind: 'reply-held' });
  const replies = Promise.all([
    client.get('nonce'),
    spend(client, 'nonce'),
    spend(client, 'nonce'),
    client.get('nonce'),
  ]);
  await until(() => deedsOf('replica-1')[0]?.withheld.held === 2);
  expect(await redis.look.get('nonce')).toBe('1');
  expect(await settles(replies, 100)).toBe(false);
  // What is served next heals what was before.
  proxy.serve({ kind: 'error', code: 'READONLY' });
  expect(await replies).toEqual([null, 'OK', null, '1']);
  await expect(client.incr('n')).rejects.toThrow(/^READONLY /);
});

test.each([
  ['SUBSCRIBE news', 'PING', '*2\r\n$4\r\npong\r\n$0\r\n\r\n'],
  ['CLIENT REPLY SKIP', 'PING\r\nPING', '+PONG\r\n'],
])(
  'after %s replies cannot be told from the rest, and the connection is left alone',
  async (first, then, replies) => {
    const socket = await joined();
    let said = '';
    socket.setEncoding('latin1').on('data', (text) => (said += text));
    socket.write(`${first}\r\n`);
    await until(() => proxy.deeds()[0]?.forwarded === 2);
    proxy.serve({ kind: 'error', code: 'MISCONF' });
    socket.write(`${then}\r\n`);
    await until(() => said.endsWith(replies));
    expect(said).not.toContain('MISCONF');
    expect(said.endsWith(replies + replies)).toBe(false);
  },
);

test('a client that has said its end, or is gone, is healed as well', async () => {
  const ended = await joined();
  const gone = await joined();
  proxy.serve({ kind: 'reply-held' });
  ended.end(request('SET', 'nonce', '1'));
  gone.write(request('SET', 'other', '1'));
  await until(() => proxy.deeds().every(({ withheld }) => withheld.held === 1));
  gone.resetAndDestroy();
  await until(() => proxy.deeds().some(({ isOpen }) => !isOpen));
  const reply = once(ended, 'data');
  proxy.heal();
  expect(String((await reply)[0])).toBe('+OK\r\n');
  await until(() => proxy.deeds().every(({ isOpen }) => !isOpen));
});

test('a connection on which a reply was lost ends with its client, before or after the store', async () => {
  const first = await joined();
  const last = await joined();
  proxy.serve({ kind: 'reply-lost', connection: 'hangs' });
  for (const socket of [first, last]) socket.write('SET nonce 1\r\n');
  await until(() => proxy.deeds().every(({ withheld }) => withheld.lost === 1));
  first.resume().end();
  await until(() => proxy.deeds().filter(({ isOpen }) => isOpen).length === 1);
  await redis.look.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  expect(await settles(once(last, 'end'), 100)).toBe(false);
  last.resume().end();
  await until(() => proxy.deeds().every(({ isOpen }) => !isOpen));
});

test('what is served concerns what is asked from then on, and nothing once it is healed', async () => {
  const client = await clientNamed('replica-1');
  const early = client.blpop('list', 0);
  await until(async () => String(await redis.look.client('LIST')).includes('cmd=blpop'));
  proxy.serve({ kind: 'reply-lost', connection: 'reset' });
  await redis.look.rpush('list', 'early');
  expect(await early).toEqual(['list', 'early']);

  const late = client.blpop('list', 0);
  await until(() => deedsOf('replica-1')[0]?.forwarded === 1);
  proxy.heal();
  await redis.look.rpush('list', 'late');
  expect(await late).toEqual(['list', 'late']);
});

test('a store is asked for its commands where one says, so that nobody is taken for its client', async () => {
  const upstream = { host: '127.0.0.9', port: redis.at.port };
  const port = await workshop.port();
  await expect(openStoreProxy({ port, upstream })).rejects.toThrow('the store at 127.0.0.9');
  await using other = await openStoreProxy({ port, upstream, asks: redis.at });
  expect(other.deeds()).toEqual([]);
});

test('a store that is away is told when the proxy opens, and to clients as a reset afterwards', async () => {
  const socket = await joined();
  const seen = once(socket, 'close');
  redis.child.signal('SIGKILL');
  await redis.child.exited;
  socket.end();
  await seen;
  expect(await once(workshop.dial(proxy.at), 'error')).toMatchObject([{ code: 'ECONNRESET' }]);
  await expect(openStoreProxy({ port: await workshop.port(), upstream: redis.at })).rejects.toThrow(
    /^Cannot learn the commands of the store at 127\.0\.0\.1:\d+: .*; start it first$/,
  );
});

test('connections that are open die without a sign, new ones are well, and healing resets the dead', async () => {
  const [asking, leaving, waited] = [await joined(), await joined(), await joined()];
  waited.write('BLPOP list 0\r\n');
  await until(async () => String(await redis.look.client('LIST')).includes('cmd=blpop'));
  let said = '';
  for (const socket of [asking, leaving, waited])
    socket.setEncoding('latin1').on('data', (text) => (said += text));
  proxy.serve({ kind: 'half-open' });
  asking.write('SET nonce 1\r\n');
  leaving.end('PING\r\n');
  await redis.look.rpush('list', 'x');
  await until(() => proxy.deeds().reduce((sum, { swallowed }) => sum + swallowed, 0) === 19);
  expect(await settles(Promise.race([asking, waited].map((each) => once(each, 'close'))), 100)).toBe(false);

  const well = await clientNamed('replica-1');
  expect(await spend(well, 'nonce')).toBe('OK');
  expect(said).toBe('');
  const dead = { isOpen: true, forwarded: 0 };
  expect(proxy.deeds()).toMatchObject([
    { ...dead, swallowed: 13 },
    { ...dead, swallowed: 6 },
    { ...dead, swallowed: 0 },
    { isOpen: true, swallowed: 0 },
  ]);

  const resets = Promise.all([asking, waited].map((socket) => once(socket, 'error')));
  proxy.heal();
  expect(await resets).toMatchObject([[{ code: 'ECONNRESET' }], [{ code: 'ECONNRESET' }]]);
  await until(() => proxy.deeds().filter(({ isOpen }) => isOpen).length === 1);
  expect(await well.ping()).toBe('PONG');
});

test('of a connection that is dead neither side learns that the other is gone, until it is healed', async () => {
  const [gone, left] = [await joined(), await joined()];
  const ports = proxy.deeds().map(({ upstreamPort }) => upstreamPort);
  const listed = async (port?: number): Promise<boolean> =>
    String(await redis.look.client('LIST')).includes(`:${port} `);
  proxy.serve({ kind: 'half-open' });
  gone.resetAndDestroy();
  await redis.look.call('CLIENT', 'KILL', 'ADDR', `127.0.0.1:${ports[1]}`);
  expect(await settles(once(left, 'close'), 100)).toBe(false);
  expect(await listed(ports[0])).toBe(true);

  const reset = once(left, 'error');
  proxy.heal();
  expect(await reset).toMatchObject([{ code: 'ECONNRESET' }]);
  await until(async () => !(await listed(ports[0])));
});

test('disposing of it ends every connection, whatever is withheld', async () => {
  const held = await joined();
  const hung = await joined();
  proxy.serve({ kind: 'reply-held', commands: 1 });
  held.write('SET nonce 1\r\n');
  await until(() => proxy.deeds().some(({ withheld }) => withheld.held === 1));
  proxy.serve({ kind: 'reply-lost', connection: 'hangs' });
  hung.write('SET nonce 1\r\n');
  await until(() => proxy.deeds().some(({ withheld }) => withheld.lost === 1));
  await proxy[Symbol.asyncDispose]();
  expect(proxy.deeds().map(({ isOpen }) => isOpen)).toEqual([false, false]);
  await until(() => held.closed && hung.closed);
});
