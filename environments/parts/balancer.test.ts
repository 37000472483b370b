import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { monotonicMs, pause } from '../../harness/clock.ts';
import { type Backend, type Balancer, openBalancer } from './balancer.ts';
import { listenOn, LOOPBACK, type PortReserve, reservePorts } from './ports.ts';

let ports: PortReserve;
let servers: Map<string, Server>;
let balancer: Balancer;
let dialled: Socket[];

beforeEach(async () => {
  ports = await reservePorts();
  servers = new Map();
  dialled = [];
  const backends: Backend[] = [];
  for (const name of ['a', 'b', 'c']) {
    // Says its name first, then gives back what it gets.
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write(name);
      socket.pipe(socket);
    });
    const port = await ports.take();
    await listenOn(server, LOOPBACK, port);
    servers.set(name, server);
    backends.push({ name, host: LOOPBACK, port });
  }
  balancer = await openBalancer({ port: await ports.take(), backends });
});

afterEach(async () => {
  for (const socket of dialled) socket.destroy();
  await balancer[Symbol.asyncDispose]();
  for (const server of servers.values()) await server[Symbol.asyncDispose]();
  await ports[Symbol.asyncDispose]();
});

function dial(localPort?: number): Socket {
  const socket = connect({ ...balancer.at, ...(localPort !== undefined && { localPort }) });
  socket.on('error', () => undefined);
  dialled.push(socket);
  return socket;
}

async function open(): Promise<{ socket: Socket; served: string }> {
  const socket = dial();
  const [first] = await once(socket, 'data');
  return { socket, served: String(first) };
}

/** What comes first: a backend's name or the code of an error. */
function outcomeOf(socket: Socket): Promise<unknown> {
  return new Promise((came) => {
    socket.once('data', (name) => came(String(name)));
    socket.once('error', (error: NodeJS.ErrnoException) => came(error.code));
  });
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = monotonicMs() + 3_000;
  while (!holds()) {
    if (monotonicMs() > deadline) throw new Error('The awaited condition never came about');
    await pause(2);
  }
}

const portOf = (socket: Socket): number => socket.localPort ?? 0;

test('connections go to the backends in turn, and the record says which', async () => {
  const served: string[] = [];
  for (let count = 0; count < 7; count += 1) {
    const connection = await open();
    served.push(connection.served);
    expect(balancer.backendOf(portOf(connection.socket))).toBe(connection.served);
  }
  expect(served).toEqual(['a', 'b', 'c', 'a', 'b', 'c', 'a']);
  expect(balancer.connections()).toHaveLength(7);
});

test('64 connections at once are all served, evenly, each by the backend on record', async () => {
  const connections = await Promise.all(Array.from({ length: 64 }, () => open()));
  const counts = ['a', 'b', 'c'].map((name) => connections.filter(({ served }) => served === name).length);
  expect(counts).toEqual([22, 21, 21]);
  const echoes = await Promise.all(
    connections.map(async ({ socket, served }, index) => {
      expect(balancer.backendOf(portOf(socket))).toBe(served);
      socket.end(`request ${index}`);
      return text(socket);
    }),
  );
  expect(echoes).toEqual(connections.map((_, index) => `request ${index}`));
  await until(() => balancer.connections().length === 0);
});

test('a drained backend gets nothing new, keeps what it has, and is drained when that is gone', async () => {
  const { socket, served } = await open();
  expect(served).toBe('a');
  let drained: boolean | undefined;
  const draining = balancer.drain('a', 3_000).then((done) => (drained = done));

  const later = [await open(), await open(), await open(), await open()];
  expect(later.map((connection) => connection.served)).toEqual(['b', 'c', 'b', 'c']);
  socket.write('still here');
  expect(String((await once(socket, 'data'))[0])).toBe('still here');
  expect(drained).toBeUndefined();

  socket.end();
  expect(await draining).toBe(true);
  expect(balancer.connections().map(({ backend }) => backend)).not.toContain('a');

  balancer.admit('a');
  const back = [await open(), await open(), await open()];
  expect(back.map((connection) => connection.served)).toEqual(['a', 'b', 'c']);
});

test('a drain gives up at its deadline, leaves the connection alone, and stops at an abort', async () => {
  const { socket } = await open();
  expect(await balancer.drain('a', 40)).toBe(false);
  socket.write('still here');
  expect(String((await once(socket, 'data'))[0])).toBe('still here');
  await expect(balancer.drain('a', 3_000, AbortSignal.timeout(20))).rejects.toThrow(/abort/);
  expect(await balancer.drain('b', 3_000)).toBe(true);
});

test('with every backend drained a connection is reset, and nobody is on record for it', async () => {
  const localPort = await ports.take();
  const earlier = dial(localPort);
  await once(earlier, 'data');
  expect(balancer.backendOf(localPort)).toBe('a');
  earlier.resetAndDestroy();
  await Promise.all(['a', 'b', 'c'].map((name) => balancer.drain(name, 1_000)));
  const socket = dial(localPort);
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNRESET');
  expect(balancer.backendOf(localPort)).toBeUndefined();
});

test('a backend that refuses gets its turn all the same, and its client is reset', async () => {
  await servers.get('b')?.[Symbol.asyncDispose]();
  const outcomes: unknown[] = [];
  for (let count = 0; count < 6; count += 1) {
    const socket = dial();
    outcomes.push(await outcomeOf(socket));
  }
  expect(outcomes).toEqual(['a', 'ECONNRESET', 'c', 'a', 'ECONNRESET', 'c']);
});

test('a backend that the balancer does not know is named with those it does', () => {
  expect(() => balancer.admit('signer-9')).toThrow('Balancer has no backend signer-9; it has a, b, c');
  expect(() => balancer.drain('signer-9', 10)).toThrow(RangeError);
});

test('disposing of a balancer resets what is open', async () => {
  const { socket } = await open();
  const seen = once(socket, 'error') as Promise<[NodeJS.ErrnoException]>;
  await balancer[Symbol.asyncDispose]();
  expect((await seen)[0].code).toBe('ECONNRESET');
});
