import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { Redis, type RedisOptions } from 'ioredis';
import { vi } from 'vitest';
import { monotonicMs, pause } from '../../../harness/clock.ts';
import { openJournal } from '../journal.ts';
import { reservePorts } from '../ports.ts';
import { type RedisServer, startRedis } from '../redis.ts';
import type { Endpoint } from '../splice.ts';
import { FrameCutter, REPLIES } from './frames.ts';

type Choices = Pick<RedisOptions, 'protocol' | 'connectionName' | 'enableReadyCheck' | 'commandTimeout'>;

/** A place to start Redis servers in, and all that is needed to talk to them. */
export async function openWorkshop() {
  await using stack = new AsyncDisposableStack();
  const home = mkdtempSync(join(tmpdir(), 'keydrill-test-'));
  stack.defer(() => rmSync(home, { recursive: true, force: true }));
  const journal = stack.use(openJournal({ KEYDRILL_STATE: join(home, 'state') }));
  const ports = stack.use(await reservePorts());
  const open = stack.move();
  return {
    port: () => ports.take(),
    /** With further settings, as its command line takes them; one server at a time may be starting. */
    async redis(settings = ''): Promise<RedisServer> {
      const program = join(home, 'redis-with-settings');
      const plain = process.env['KEYDRILL_REDIS_SERVER'] || 'redis-server';
      writeFileSync(program, `#!/bin/sh\nexec ${plain} "$@" ${settings}\n`, { mode: 0o700 });
      vi.stubEnv('KEYDRILL_REDIS_SERVER', program);
      try {
        return open.use(await startRedis({ journal, port: await ports.take() }));
      } finally {
        vi.unstubAllEnvs();
      }
    },
    client(at: Endpoint, options: Choices = {}): Redis {
      const client = new Redis({
        ...at,
        maxRetriesPerRequest: 0,
        autoResendUnfulfilledCommands: false,
        retryStrategy: () => 5,
        ...options,
      });
      client.on('error', () => undefined);
      open.defer(() => client.disconnect());
      return client;
    },
    dial(at: Endpoint): Socket {
      const socket = connect({ ...at, allowHalfOpen: true, noDelay: true }).on('error', () => undefined);
      open.defer(() => void socket.destroy());
      return socket;
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

export type Workshop = Awaited<ReturnType<typeof openWorkshop>>;

/** A request in the form that clients send. */
export const request = (...words: readonly (string | Buffer)[]): Buffer =>
  Buffer.concat([
    Buffer.from(`*${words.length}\r\n`),
    ...words.flatMap((word) => [
      Buffer.from(`$${Buffer.byteLength(word)}\r\n`),
      Buffer.from(word),
      Buffer.from('\r\n'),
    ]),
  ]);

/** Sends this in chunks, each in a turn of its own, and gives back all that comes until the other side ends. */
export async function converse(socket: Socket, chunks: readonly Buffer[]): Promise<Buffer> {
  const all = buffer(socket);
  for (const chunk of chunks) {
    socket.write(chunk);
    await turn();
  }
  const reply = await all;
  socket.end();
  return reply;
}

/** What became of each of some lines of words said in one go: the text of the error, or that it was carried out. */
export async function outcomes(socket: Socket, lines: readonly string[]): Promise<string[]> {
  const said = [...lines, 'QUIT'].map((line) => request(...line.split(' ')));
  const replies = await converse(socket, [Buffer.concat(said)]);
  const texts = [...new FrameCutter(REPLIES).cut(replies)].map(({ bytes }) => bytes.toString().trimEnd());
  return texts.slice(0, -1).map((text) => (text.startsWith('-') ? text.slice(1) : 'carried out'));
}

export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = monotonicMs() + 10_000;
  while (!(await holds())) {
    if (monotonicMs() > deadline) throw new Error('The awaited condition never came about');
    await pause(2);
  }
}
