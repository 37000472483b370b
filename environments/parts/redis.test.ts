import { mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Journal, openJournal } from './journal.ts';
import { LOOPBACK, loopbackOf, type PortReserve, reservePorts } from './ports.ts';
import { birthOf } from './process-table.ts';
import { startRedis } from './redis.ts';

let home: string;
let journal: Journal;
let ports: PortReserve;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'keydrill-test-'));
  journal = openJournal({ KEYDRILL_STATE: join(home, 'state') });
  ports = await reservePorts();
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await ports[Symbol.asyncDispose]();
  await journal[Symbol.asyncDispose]();
  rmSync(home, { recursive: true, force: true });
});

test('a Redis serves, keeps nothing on disk, and is gone when it is disposed of', async () => {
  let pid = 0;
  {
    await using redis = await startRedis({ journal, port: await ports.take(), database: 3 });
    pid = redis.child.pid;
    await redis.look.set('nonce', '1');
    expect(await redis.look.info('keyspace')).toContain('db3:keys=1');
    expect(await redis.look.config('GET', 'save')).toEqual(['save', '']);
    expect(await redis.look.config('GET', 'bind')).toEqual(['bind', '127.0.0.1']);
    expect(await redis.look.config('GET', 'dir')).toEqual([
      'dir',
      join(realpathSync(journal.workDirectory), `redis-${redis.at.port}`),
    ]);
  }
  expect(birthOf(pid)).toBeUndefined();
  expect(
    readdirSync(journal.workDirectory, { recursive: true }).filter((name) => String(name).includes('.')),
  ).toEqual([]);
});

test('a Redis brought back on its port is empty, knows nothing of what it was told, and is looked at as before', async () => {
  const hosts = [LOOPBACK, loopbackOf(0)];
  await using redis = await startRedis({ journal, port: await ports.take(), hosts, database: 3 });
  const { pid } = redis.child;
  await redis.look.set('nonce', '1');
  await redis.look.config('SET', 'maxmemory', '1mb');
  redis.child.signal('SIGKILL');
  await redis.child.exited;

  await redis.start(new AbortController().signal);
  expect(await redis.look.dbsize()).toBe(0);
  expect(await redis.look.config('GET', 'maxmemory')).toEqual(['maxmemory', '0']);
  expect(await redis.look.config('GET', 'bind')).toEqual(['bind', hosts.join(' ')]);
  await redis.look.set('nonce', '1');
  expect(await redis.look.info('keyspace')).toContain('db3:keys=1');
  expect(redis.child.pid).not.toBe(pid);
});

test('a Redis that is disposed of while it is brought back is gone all the same', async () => {
  const pids: number[] = [];
  const again = Promise.withResolvers<void>();
  const spawned = (name: string, pid: number): void => {
    journal.spawned(name, pid);
    if (pids.push(pid) === 2) again.resolve();
  };
  const redis = await startRedis({ journal: { ...journal, spawned }, port: await ports.take() });
  redis.child.signal('SIGKILL');
  await redis.child.exited;
  const starting = expect(redis.start(new AbortController().signal)).rejects.toThrow();
  await again.promise;
  await redis[Symbol.asyncDispose]();
  await starting;
  expect(pids.map((pid) => birthOf(pid))).toEqual([undefined, undefined]);
});

test('a look at a Redis that is gone fails at once, and at one that stands still in bounded time', async () => {
  await using redis = await startRedis({ journal, port: await ports.take() });
  expect(await redis.look.ping()).toBe('PONG');
  redis.child.signal('SIGSTOP');
  await expect(redis.look.ping()).rejects.toThrow(/timed out/);
  redis.child.signal('SIGCONT');
  redis.child.signal('SIGKILL');
  await redis.child.exited;
  await expect(redis.look.ping()).rejects.toThrow('which is 0');
});

test('a Redis on several addresses tells on which of them a client came', async () => {
  const hosts = [LOOPBACK, loopbackOf(0), loopbackOf(1)];
  await using redis = await startRedis({ journal, port: await ports.take(), hosts });
  await redis.look.ping();
  const through = redis.look.duplicate({ host: loopbackOf(1) });
  await through.ping();
  const clients = String(await redis.look.client('LIST'));
  expect([...clients.matchAll(/ laddr=(\S+):/g)].map((match) => match[1])).toEqual([LOOPBACK, loopbackOf(1)]);
  through.disconnect();
});

test('a Redis that is not installed is named with the remedy', async () => {
  vi.stubEnv('KEYDRILL_REDIS_SERVER', 'no-such-redis');
  await expect(startRedis({ journal, port: await ports.take() })).rejects.toThrow(
    'Cannot start redis-server: no-such-redis is not on the PATH; apt-get install redis-server, or brew install redis, ' +
      'or name one in KEYDRILL_REDIS_SERVER',
  );
});

test('a port in use is told before anything starts', async () => {
  await using redis = await startRedis({ journal, port: await ports.take() });
  await expect(startRedis({ journal, port: redis.at.port })).rejects.toThrow(
    `Port ${redis.at.port} on 127.0.0.1 is in use`,
  );
});

test('a program that is no Redis is named with what it said', async () => {
  vi.stubEnv('KEYDRILL_REDIS_SERVER', '/bin/echo');
  await expect(startRedis({ journal, port: await ports.take() })).rejects.toThrow(
    /^redis-server exited with code 0 before it was ready; put right what it last printed: --port \d+/,
  );
});

test('another Redis that answers on the port is not taken for ours', async () => {
  const other = join(home, 'other-redis');
  writeFileSync(other, '#!/bin/sh\nexec redis-server "$@" --dir /\n', { mode: 0o700 });
  vi.stubEnv('KEYDRILL_REDIS_SERVER', other);
  const starting = startRedis({ journal, port: await ports.take(), signal: AbortSignal.timeout(700) });
  await expect(starting).rejects.toThrow(/aborted/);
});

test('a Redis may be started by a script that waits for it', async () => {
  const wrapper = join(home, 'wrapped-redis');
  writeFileSync(wrapper, '#!/bin/sh\nredis-server "$@" &\nwait\n', { mode: 0o700 });
  vi.stubEnv('KEYDRILL_REDIS_SERVER', wrapper);
  await using redis = await startRedis({ journal, port: await ports.take() });
  expect(await redis.look.ping()).toBe('PONG');
});
