import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type ReplayStore, STORE } from '../../harness/run/environment.ts';
import { withEachServer } from './fault-proxy/each-server.fixture.ts';
import { startFaultProxy } from './fault-proxy/start.ts';
import { interpose, type Interposing } from './interpose.ts';
import { openJournal } from './journal.ts';
import { openLinks } from './link.ts';
import { LOOPBACK, loopbackOf, reservePorts } from './ports.ts';
import { type RedisServer, startRedis } from './redis.ts';
import { storeBehind, type WayToStore } from './store.ts';

const replica = 'replica-1';

withEachServer(() => {
  let started: AsyncDisposableStack;
  let redis: RedisServer;
  let store: ReplayStore;
  let visitor: Redis;
  let between: Interposing;

  beforeEach(async () => {
    started = new AsyncDisposableStack();
    const home = mkdtempSync(join(tmpdir(), 'keydrill-test-'));
    started.defer(() => rmSync(home, { recursive: true, force: true }));
    const journal = started.use(openJournal({ KEYDRILL_STATE: join(home, 'state') }));
    const ports = started.use(await reservePorts());
    const storePort = await ports.take();
    const storeHost = loopbackOf(0);
    redis = started.use(await startRedis({ journal, port: storePort, hosts: [LOOPBACK, storeHost] }));
    const faultProxy = started.use(await startFaultProxy({ journal, port: await ports.take() }));
    const upstream = { host: storeHost, port: storePort };
    const [link] = await openLinks(faultProxy, [
      { from: replica, to: STORE, port: await ports.take(), upstream },
    ]);
    const way: WayToStore = { link: link!, storeHost };
    store = storeBehind(redis, [way], faultProxy);
    visitor = redis.look.duplicate({ ...way.link.at, enableReadyCheck: false });
    visitor.on('error', () => undefined);
    started.defer(() => visitor.disconnect());
    await visitor.ping();
    between = started.use(await interpose(way, { port: await ports.take(), storePort }));
    await again();
  });

  afterEach(() => started.disposeAsync());

  const again = () => vi.waitFor(async () => expect(await visitor.ping()).toBe('PONG'));

  test('who is interposed does mischief on the way of a replica, whose connections are known as before', async () => {
    expect(await store.connectionsOfReplicas()).toEqual([
      { replica, id: String(await visitor.client('ID')) },
    ]);
    between.serve({ kind: 'error', code: 'OOM' });
    await expect(visitor.set('nonce', '1')).rejects.toThrow('OOM');
    expect(between.deeds()).toMatchObject([{ isOpen: true, refused: { OOM: 1 } }]);
    between.heal();
    expect(await visitor.set('nonce', '1')).toBe('OK');
  });

  test('once he has left, the way leads to the store again and nothing of his is open', async () => {
    between.serve({ kind: 'error', code: 'READONLY' });
    await between.leave();
    await again();
    expect(await visitor.set('nonce', '1')).toBe('OK');
    expect(between.deeds().filter(({ isOpen }) => isOpen)).toEqual([]);
    await between.leave();
    expect(await visitor.get('nonce')).toBe('1');
  });

  test('a store that was brought back is reached through him too', async () => {
    await store.kill();
    await expect(visitor.ping()).rejects.toThrow();
    await store.start(new AbortController().signal);
    await again();
    between.serve({ kind: 'error', code: 'OOM' });
    await expect(visitor.set('nonce', '1')).rejects.toThrow('OOM');
  });
});
