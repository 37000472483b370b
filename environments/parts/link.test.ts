import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setImmediate as immediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { monotonicMs, pause } from '../../harness/clock.ts';
import { type Link, openLink } from './link.ts';
import { listenOn, LOOPBACK, type PortReserve, reservePorts } from './ports.ts';

let ports: PortReserve;
let upstream: Server;
let accepted: Socket[];
let link: Link;

beforeEach(async () => {
  ports = await reservePorts();
  accepted = [];
  upstream = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    accepted.push(socket);
  });
  const port = await ports.take();
  await listenOn(upstream, LOOPBACK, port);
  link = await openLink({
    name: 'signer-1 to store',
    port: await ports.take(),
    upstream: { host: LOOPBACK, port },
  });
});

afterEach(async () => {
  for (const socket of accepted) socket.destroy();
  await link[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
  await ports[Symbol.asyncDispose]();
});

function dial(): Socket {
  const socket = connect({ ...link.at, allowHalfOpen: true });
  socket.on('error', () => undefined);
  return socket;
}

async function pair(): Promise<{ near: Socket; far: Socket }> {
  const index = accepted.length;
  const near = dial();
  await once(near, 'connect');
  await until(() => accepted.length > index);
  const far = accepted[index];
  if (far === undefined) throw new Error('The upstream accepted nothing');
  return { near, far };
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = monotonicMs() + 3_000;
  while (!holds()) {
    if (monotonicMs() > deadline) throw new Error('The awaited condition never came about');
    await pause(2);
  }
}

const codeOf = async (socket: Socket): Promise<unknown> => {
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  return error.code;
};

test('bytes pass both ways unchanged, however many, and are counted', async () => {
  const { near, far } = await pair();
  const request = randomBytes(3_000_000);
  const reply = randomBytes(5_000_000);
  near.end(request);
  far.end(reply);
  const [there, back] = await Promise.all([buffer(far), buffer(near)]);
  expect(there.equals(request)).toBe(true);
  expect(back.equals(reply)).toBe(true);
  await until(() => link.connections().length === 0);
  expect(link.totals()).toEqual({
    connections: 1,
    bytesToUpstream: request.length,
    bytesFromUpstream: reply.length,
  });
});

test('the end of one direction passes and leaves the other open', async () => {
  for (const swapped of [false, true]) {
    const { near, far } = await pair();
    const [one, other] = swapped ? [far, near] : [near, far];
    one.end('last words');
    expect((await buffer(other)).toString()).toBe('last words');
    expect(one.readableEnded).toBe(false);
    other.write('an answer');
    expect(String((await once(one, 'data'))[0])).toBe('an answer');
    other.end();
    await once(one, 'end');
  }
});

test('a reset passes as a reset, either way', async () => {
  const first = await pair();
  const seenFar = codeOf(first.far);
  first.near.resetAndDestroy();
  expect(await seenFar).toBe('ECONNRESET');

  const second = await pair();
  const seenNear = codeOf(second.near);
  second.far.resetAndDestroy();
  expect(await seenNear).toBe('ECONNRESET');
  await until(() => link.connections().length === 0);
});

test('a reset passes after one direction has ended', async () => {
  const { near, far } = await pair();
  near.end('request');
  await buffer(far);
  const seen = codeOf(near);
  far.resetAndDestroy();
  expect(await seen).toBe('ECONNRESET');
});

test('a client whose upstream is gone is reset', async () => {
  await upstream[Symbol.asyncDispose]();
  expect(await codeOf(dial())).toBe('ECONNRESET');
  await until(() => link.connections().length === 0);
});

test('an open connection is known by the port the upstream sees', async () => {
  const { near, far } = await pair();
  expect(link.connections()).toEqual([{ clientPort: near.localPort, upstreamPort: far.remotePort }]);
  near.end();
  far.end();
  near.resume();
  far.resume();
  await until(() => link.connections().length === 0);
});

test('a cut resets what is open and refuses what is new, and mending accepts again on the same port', async () => {
  const { near, far } = await pair();
  near.write('before');
  await once(far, 'data');
  const seen = Promise.all([codeOf(near), codeOf(far)]);

  await link.cut();
  await link.cut();

  expect(await seen).toEqual(['ECONNRESET', 'ECONNRESET']);
  expect(link.connections()).toEqual([]);
  expect(await codeOf(dial())).toBe('ECONNREFUSED');

  await link.mend();
  await link.mend();

  const again = await pair();
  again.near.write('after');
  expect(String((await once(again.far, 'data'))[0])).toBe('after');
  expect(link.totals()).toEqual({ connections: 2, bytesToUpstream: 11, bytesFromUpstream: 0 });
});

test('many who come at once need not wait for a turn each', async () => {
  const came = 64;
  const sockets = Array.from({ length: came }, dial);
  let turns = 0;
  for (; link.totals().connections < came; turns += 1) await immediate();
  expect(turns).toBeLessThan(process.platform === 'linux' ? came / 2 : 2 * came);
  for (const socket of sockets) socket.destroy();
});

test('a connection of our own goes the same way, is not counted, and is cut like any other', async () => {
  const visitor = await pair();
  visitor.near.write('visitor');
  await once(visitor.far, 'data');
  const ours = link.dial();
  ours.write('ours');
  await until(() => accepted.length === 2);
  expect(String((await once(accepted[1]!, 'data'))[0])).toBe('ours');
  expect(link.connections()).toHaveLength(1);
  expect(link.totals()).toEqual({ connections: 1, bytesToUpstream: 7, bytesFromUpstream: 0 });

  const seen = Promise.all([codeOf(ours), codeOf(accepted[1]!)]);
  await link.cut();
  expect(await seen).toEqual(['ECONNRESET', 'ECONNRESET']);
});

test('a slow reader holds its writer back instead of filling memory', async () => {
  const { near, far } = await pair();
  far.pause();
  const chunk = Buffer.alloc(1_000_000);
  let sent = 0;
  while (near.write(chunk) || near.writableLength < 20_000_000) sent += chunk.length;
  await pause(100);
  expect(link.totals().bytesToUpstream).toBeLessThan(sent);
  far.resume();
  await until(() => near.writableLength === 0);
});

test('a link on a port in use says so', async () => {
  await expect(openLink({ name: 'second', port: link.at.port, upstream: link.upstream })).rejects.toThrow(
    `Port ${link.at.port} on 127.0.0.1 is in use`,
  );
});
