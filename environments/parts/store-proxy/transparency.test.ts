import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { pause } from '../../../harness/clock.ts';
import { type Chance, chanceFrom } from '../../../harness/seed.ts';
import { listenOn, LOOPBACK } from '../ports.ts';
import type { RedisServer } from '../redis.ts';
import { type Endpoint, splice, SPLICED } from '../splice.ts';
import { openStoreProxy, type StoreProxy } from './store-proxy.ts';
import { converse, openWorkshop, request, until, type Workshop } from './store-proxy.fixture.ts';

let workshop: Workshop;
let redis: RedisServer;
let proxy: StoreProxy;
/** What passed between the proxy and the store. */
let passed: { toStore: Buffer[]; fromStore: Buffer[]; sockets: Socket[] };
let tap: Server;

beforeAll(async () => {
  workshop = await openWorkshop();
  redis = await workshop.redis('--enable-debug-command yes');
  const at = { host: LOOPBACK, port: await workshop.port() };
  tap = await openTap(at, redis.at);
  proxy = await openStoreProxy({ port: await workshop.port(), upstream: at });
});

beforeEach(() => {
  passed = { toStore: [], fromStore: [], sockets: [] };
});

afterEach(() => {
  for (const socket of passed.sockets) socket.destroy();
});

afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await tap[Symbol.asyncDispose]();
  await workshop[Symbol.asyncDispose]();
});

async function openTap(at: Endpoint, store: Endpoint): Promise<Server> {
  const server = createServer(SPLICED, (visitor) => {
    passed?.sockets.push(visitor);
    const write = visitor.write.bind<(chunk: Buffer) => boolean>(visitor);
    visitor.write = (chunk: Buffer | string) => {
      passed?.fromStore.push(Buffer.from(chunk));
      return write(Buffer.from(chunk));
    };
    visitor.on('data', (chunk) => passed?.toStore.push(chunk));
    splice(visitor, store);
  });
  await listenOn(server, at.host, at.port);
  return server;
}

const come = (): number => passed.fromStore.reduce((sum, { length }) => sum + length, 0);
const arrived = (): number => passed.toStore.reduce((sum, { length }) => sum + length, 0);

/** Waits until nothing has come for a while. */
const standstill = (count: () => number): Promise<void> =>
  until(async () => {
    const before = count();
    await pause(200);
    return before > 0 && count() === before;
  });

const KEYS = ['a', 'b', 'list', 'hash', 'set', Buffer.of(0, 13, 10, 36, 255)];
const VALUES = ['', '1', 'x'.repeat(70_000), Buffer.of(13, 10, 42, 49, 13, 10, 0, 255), '$3\r\nabc\r\n'];
const SAYINGS = ['string', 'integer', 'double', 'null', 'array', 'set', 'map', 'attrib', 'push'].concat(
  'verbatim',
  'true',
  'false',
  'bignum',
);

function anyRequest(chance: Chance): Buffer {
  const key = chance.pick(KEYS);
  const value = chance.pick(VALUES);
  return chance.pick([
    () => request('SET', key, value),
    () => request('SET', key, value, 'PX', '100000', 'NX'),
    () => request('GET', key),
    () => request('DEL', ...KEYS),
    () => request('RPUSH', 'list', ...VALUES),
    () => request('LRANGE', 'list', '0', '-1'),
    () => request('HSET', 'hash', 'field', value, 'other', '1'),
    () => request('HGETALL', 'hash'),
    () => request('SADD', 'set', value),
    () => request('SMEMBERS', 'set'),
    () => request('ZADD', 'scores', '1.5', 'x'),
    () => request('ZRANGE', 'scores', '0', '-1', 'WITHSCORES'),
    () => request('EVAL', 'return {1,{},{"a",{false,redis.error_reply("ERR x")}}}', '0'),
    () => request('MULTI'),
    () => request('EXEC'),
    () => request('DISCARD'),
    () => request('HELLO', chance.pick(['2', '3'])),
    () => request('DEBUG', 'PROTOCOL', chance.pick(SAYINGS)),
    () => request('COMMAND'),
    () => request('CLIENT', 'TRACKING', chance.pick(['on', 'off'])),
    () => request('UNKNOWN', value),
    () => request('SET', key),
    () => request(''),
    () => Buffer.from('PING\r\n'),
    () => Buffer.from(`SET "quoted key" 'a b'\n`),
    () => Buffer.from('ECHO "unbalanced" x\r\n\r\n*0\r\n*-1\r\n'),
  ])();
}

/** After any of them the store ends the connection. */
const LAST_WORDS: readonly (readonly Buffer[])[] = [
  [request('QUIT')],
  [request('CLIENT', 'REPLY', 'SKIP'), request('GET', 'a'), request('CLIENT', 'REPLY', 'OFF')].concat(
    request('GET', 'a'),
    request('CLIENT', 'REPLY', 'ON'),
    request('QUIT'),
  ),
  [request('SUBSCRIBE', 'a', 'b'), request('PING'), request('UNSUBSCRIBE'), request('QUIT')],
  [request('MONITOR'), request('PING'), request('QUIT')],
  [Buffer.from('*1\r\n+PING\r\n')],
  [Buffer.from('*2\r\n$3\r\nGET\r\n$x\r\n')],
  [Buffer.from('*+1\r\n')],
];

/** The same bytes, in other chunks. */
function chunksOf(all: Buffer, chance: Chance): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < all.length;) {
    const length = chance.pick([1, 2, 7, 100, 5_000, 200_000]);
    chunks.push(all.subarray(at, at + length));
    at += length;
  }
  return chunks;
}

test.each(Array.from({ length: 30 }, (_, seed) => seed))(
  'what is said reaches the other side byte for byte, seed %i',
  async (seed) => {
    const chance = chanceFrom(`transparency ${seed}`);
    const requests = Array.from({ length: 150 }, () => anyRequest(chance));
    const said = Buffer.concat([...requests, request('RESET'), ...chance.pick(LAST_WORDS)]);
    const heard = await converse(workshop.dial(proxy.at), chunksOf(said, chance));
    expect(heard.equals(Buffer.concat(passed.fromStore))).toBe(true);
    expect(Buffer.concat(passed.toStore).equals(said)).toBe(true);
    expect(heard.length).toBeGreaterThan(1_000);
  },
);

test('what a client leaves unfinished reaches the store with its end', async () => {
  const socket = workshop.dial(proxy.at);
  socket.end('PING\r\n*2\r\n$3\r\nGET\r\n$5\r\nab');
  await once(socket.resume(), 'end');
  expect(Buffer.concat(passed.toStore).toString()).toBe('PING\r\n*2\r\n$3\r\nGET\r\n$5\r\nab');
});

test('what is no request is no command', async () => {
  const socket = workshop.dial(proxy.at);
  await once(socket, 'connect');
  const port = socket.localPort;
  await converse(socket, [Buffer.from('PING\r\n\r\n*0\r\n*1\r\n+PING\r\n')]);
  const deed = proxy.deeds().find(({ client }) => client.port === port);
  expect(deed?.forwarded).toBe(1);
});

test('what the store says after the client has ended still arrives', async () => {
  const said = request('BLPOP', 'slow', '0');
  const socket = workshop.dial(proxy.at);
  await once(socket, 'connect');
  const port = socket.localPort;
  const ended = once(socket.resume(), 'end');
  socket.end(said);
  await until(() => arrived() === said.length);
  await ended;
  expect(proxy.deeds().at(-1)).toMatchObject({ forwarded: 1, client: { port } });
});

test('a stream of what is published passes, in RESP2 and RESP3', async () => {
  for (const protocol of [2, 3] as const) {
    const listener = workshop.client(proxy.at, { protocol });
    await listener.subscribe('news');
    const heard = once(listener, 'message');
    await redis.look.publish('news', 'today');
    expect(await heard).toEqual(['news', 'today']);
    listener.disconnect();
  }
});

test('a reset passes as a reset, either way', async () => {
  for (const swapped of [false, true]) {
    const near = workshop.dial(proxy.at);
    near.write('PING\r\n');
    await once(near, 'data');
    const joined = proxy.deeds().find(({ client }) => client.port === near.localPort);
    const far = passed.sockets.find(({ remotePort }) => remotePort === joined?.upstreamPort);
    const [one, other] = swapped ? [far, near] : [near, far];
    const seen = once(other!, 'error');
    one!.resetAndDestroy();
    expect(await seen).toMatchObject([{ code: 'ECONNRESET' }]);
  }
});

test('a slow reader holds the store back instead of filling memory', async () => {
  await redis.look.set('big', 'x'.repeat(1_000_000));
  const socket = workshop.dial(proxy.at).pause();
  const replies = 50;
  socket.write(Buffer.concat(Array.from({ length: replies }, () => request('GET', 'big'))));
  await standstill(come);
  expect(come()).toBeGreaterThan(0);
  expect(come()).toBeLessThan(replies * 1_000_000);
  socket.resume();
  await until(() => come() > replies * 1_000_000);
});

test('what is held back holds the store back instead of filling memory', async () => {
  await redis.look.set('big', 'x'.repeat(1_000_000));
  const socket = workshop.dial(proxy.at);
  const replies = 50;
  proxy.serve({ kind: 'reply-held' });
  socket.write(request('SET', 'key', '1'));
  socket.write(Buffer.concat(Array.from({ length: replies }, () => request('GET', 'big'))));
  await standstill(come);
  expect(come()).toBeLessThan(replies * 1_000_000);
  proxy.heal();
  const heard = await converse(socket, [request('QUIT')]);
  expect(heard.equals(Buffer.concat(passed.fromStore))).toBe(true);
  expect(come()).toBeGreaterThan(replies * 1_000_000);
});

test('a slow store holds the writer back instead of filling memory', async () => {
  const socket = workshop.dial(proxy.at);
  socket.write('PING\r\n');
  await once(socket, 'data');
  redis.child.signal('SIGSTOP');
  const chunk = request('SET', 'big', 'x'.repeat(1_000_000));
  let sent = 0;
  while (socket.write(chunk) || socket.writableLength < 40_000_000) sent += chunk.length;
  await standstill(arrived);
  expect(arrived()).toBeLessThan(sent);
  redis.child.signal('SIGCONT');
  socket.resume();
  await until(() => arrived() > sent);
});
