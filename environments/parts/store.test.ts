import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { monotonicMs, pause } from '../../harness/clock.ts';
import { storeUnreachable } from '../../harness/faults/store-unreachable.ts';
import type { EventOf } from '../../harness/judge/events.ts';
import { History } from '../../harness/judge/history.ts';
import { type ReplayStore, STORE, type Topology, type TopologyPlan } from '../../harness/run/environment.ts';
import { StallWatch } from '../../harness/run/stalls.ts';
import { withEachServer } from './fault-proxy/each-server.fixture.ts';
import type { FaultProxyServer } from './fault-proxy/server.ts';
import { startFaultProxy } from './fault-proxy/start.ts';
import { type Journal, openJournal } from './journal.ts';
import { openLinks, type ProxiedLink } from './link.ts';
import { LOOPBACK, loopbackOf, type PortReserve, reservePorts } from './ports.ts';
import { type RedisServer, startRedis } from './redis.ts';
import { storeBehind } from './store.ts';

const HALF_MS = 300;
const [name, replica, idle] = ['usual', 'replica-1', 'replica-2'];

withEachServer(() => {
  let home: string;
  let journal: Journal;
  let ports: PortReserve;
  let redis: RedisServer;
  let faultProxy: FaultProxyServer;
  let link: ProxiedLink;
  let store: ReplayStore;
  let topology: Topology;
  let history: History;
  let stalls: EventOf<'stall'>[];
  let watch: StallWatch;
  let visitor: Redis;

  beforeEach(async () => {
    home = mkdtempSync(join(tmpdir(), 'keydrill-test-'));
    journal = openJournal({ KEYDRILL_STATE: join(home, 'state') });
    ports = await reservePorts();
    const hosts = { [replica]: loopbackOf(0), [idle]: loopbackOf(1) };
    redis = await startRedis({
      journal,
      port: await ports.take(),
      hosts: [LOOPBACK, ...Object.values(hosts)],
    });
    faultProxy = await startFaultProxy({ journal, port: await ports.take() });
    const plans = Object.entries(hosts).map(async ([from, host]) => ({
      from,
      to: STORE,
      port: await ports.take(),
      upstream: { host, port: redis.at.port },
    }));
    const links = await openLinks(faultProxy, await Promise.all(plans));
    link = links[0]!;
    const ways = links.map((each) => ({ link: each, storeHost: hosts[each.from]! }));
    store = storeBehind(redis, ways, faultProxy);
    const nobody = { name: replica, host: LOOPBACK, port: await ports.take(), state: {} };
    topology = { name, replicas: [nobody], store, links } as unknown as Topology;
    history = History.unwritten(monotonicMs);
    stalls = [];
    history.listen((event) => void (event.type === 'stall' && stalls.push(event)));
    watch = new StallWatch(history);
    visitor = redis.look.duplicate({ ...link.at, enableReadyCheck: false });
    visitor.on('error', () => undefined);
  });

  afterEach(async () => {
    visitor?.disconnect();
    await watch?.[Symbol.asyncDispose]();
    await faultProxy?.[Symbol.asyncDispose]();
    await redis?.[Symbol.asyncDispose]();
    await ports?.[Symbol.asyncDispose]();
    await journal?.[Symbol.asyncDispose]();
    if (home !== undefined) rmSync(home, { recursive: true, force: true });
  });

  const watchNow = (): void =>
    watch.watch(topology, {
      operators: () => [],
      serverTrust: [],
      adapter: { ready: { get: '/' } },
    } as unknown as TopologyPlan);

  /** Far longer than any beat may take; gives back a moment in the middle of it. */
  async function aWhile(): Promise<number> {
    await pause(HALF_MS);
    const middle = history.at();
    await pause(HALF_MS);
    return middle;
  }

  const spanning = (moment: number): string[] =>
    stalls.filter(({ from, to }) => from < moment && to > moment).map(({ who }) => who);

  const standstill = () =>
    link.poison({ type: 'latency', stream: 'upstream', attributes: { latency: 60_000 } });

  test("a standstill of nothing but a replica's own way to its store is told of", async () => {
    const toxic = await standstill();
    watchNow();
    const middle = await aWhile();
    await toxic.remove();
    await vi.waitFor(() => expect(spanning(middle)).toEqual(['way']));
    expect(stalls.find(({ who }) => who === 'way')).toMatchObject({ topology: name, replica });
  });

  test('one that lasts to the end of the watch is told of as well', async () => {
    await standstill();
    watchNow();
    const middle = await aWhile();
    await watch[Symbol.asyncDispose]();
    expect(spanning(middle)).toEqual(['way']);
  });

  test.each([
    ['cut by us', () => link.disable(), () => link.enable()],
    ['stopped by us', async () => redis.child.signal('SIGSTOP'), async () => redis.child.signal('SIGCONT')],
  ])(
    'a store that was %s does not stand still, and is watched again when it is healed',
    async (_how, inject, heal) => {
      watchNow();
      await store.pingBy(replica);
      told('injecting');
      await inject();
      const broken = await aWhile();
      await heal();
      await store.pingBy(replica);
      told('healed');
      await aWhile();
      redis.child.signal('SIGSTOP');
      const stopped = await aWhile();
      redis.child.signal('SIGCONT');

      await vi.waitFor(() => expect(spanning(stopped).toSorted()).toEqual(['store', 'way']));
      expect(spanning(broken)).toEqual([]);
    },
  );

  test('who looks how it goes on the way of a replica is not taken for the replica, and leaves nothing open', async () => {
    watchNow();
    const before = await visits();
    await vi.waitFor(async () => expect(await visits()).toBeGreaterThan(before + 2));
    expect(await store.connectionsOfReplicas()).toEqual([]);
    await watch[Symbol.asyncDispose]();
    await vi.waitFor(async () => expect(await redis.look.info('clients')).toContain('connected_clients:1\r'));
    // Now what we have sent is counted to the end.
    expect(await store.visitors()).toEqual([]);
  });

  test('who waits for an answer on the way of a replica is not taken for it either', async () => {
    const toxic = await link.poison({
      type: 'latency',
      stream: 'downstream',
      attributes: { latency: 60_000 },
    });
    const asked = store.pingBy(replica);
    await vi.waitFor(async () => expect(await redis.look.client('LIST')).toContain('cmd=client|setname'));
    expect(await store.connectionsOfReplicas()).toEqual([]);
    await toxic.remove();
    await asked;
  });

  test('a replica that is connected is known by its way, and one that is not is not', async () => {
    await visitor.ping();
    expect(await store.connectionsOfReplicas()).toEqual([
      { replica, id: String(await visitor.client('ID')) },
    ]);
    expect(await store.visitors()).toEqual([replica]);
  });

  test('a replica that came and went is remembered, among ours as well', async () => {
    await visitor.ping();
    visitor.disconnect();
    for (let asked = 0; asked < 20; asked += 1) await store.pingBy(idle);
    await vi.waitFor(async () => expect(await redis.look.info('clients')).toContain('connected_clients:1\r'));
    expect(await store.connectionsOfReplicas()).toEqual([]);
    await vi.waitFor(async () => expect(await store.visitors()).toEqual([replica]));
  });

  test('who has asked is not told without the fault proxy, through which everybody must go', async () => {
    await using gone = await startFaultProxy({ journal, port: await ports.take() });
    const behind = storeBehind(redis, [], { ...gone, at: { host: LOOPBACK, port: await ports.take() } });
    await expect(behind.visitors()).rejects.toThrow(
      `The fault proxy (${gone.name}) does not tell what went through it; run it again`,
    );
  });

  test('a store that is unreachable is so for the replicas and not for us, until it is healed', async () => {
    await visitor.ping();
    const { replicas } = topology;
    const injection = await storeUnreachable.prepare(topology, replicas, new AbortController().signal);
    expect(await injection.witness()).toMatchObject({ so: false });

    await injection.inject();
    await vi.waitFor(async () => expect(await injection.witness()).toMatchObject({ so: true }));
    await expect(visitor.ping()).rejects.toThrow();
    await expect(store.pingBy(replica)).rejects.toThrow('ECONNREFUSED');
    await store.pingBy(idle);
    await store.ping();

    await injection.heal();
    await vi.waitFor(async () => expect(await visitor.ping()).toBe('PONG'));
    expect(await injection.witness()).toMatchObject({ so: false });
    expect(await injection.isOver()).toMatchObject({ so: true });
  });

  test('a store answers us in its own words, and an error or silence is a failure', async () => {
    expect(await store.asks('SET', 'nonce', '1')).toBe('OK');
    expect(await store.asks('CONFIG', 'GET', 'maxmemory')).toEqual(['maxmemory', '0']);
    await expect(store.asks('INCR', 'nonce', 'x')).rejects.toThrow('ERR wrong number of arguments');
    await store.pause();
    await expect(store.asks('PING')).rejects.toThrow(/timed out/);
    await store.resume();
    await vi.waitFor(async () => expect(await store.asks('GET', 'nonce')).toBe('1'));
  });

  test('a store is paused, resumed, killed and started, and what became of it is what the system says', async () => {
    const condition = (): Promise<string> => store.condition();
    expect(await condition()).toBe('running');
    await store.pause();
    await vi.waitFor(async () => expect(await condition()).toBe('paused'));
    await store.resume();
    await vi.waitFor(async () => expect(await condition()).toBe('running'));

    await visitor.set('nonce', '1');
    await store.pause();
    await store.kill();
    expect(await condition()).toBe('ended');
    await expect(store.ping()).rejects.toThrow();
    await expect(store.pingBy(replica)).rejects.toThrow();

    await store.start(new AbortController().signal);
    expect(await condition()).toBe('running');
    expect(await store.keysHolding('nonce')).toEqual([]);
    await store.pingBy(replica);
    await vi.waitFor(async () => expect(await visitor.ping()).toBe('PONG'));
    expect(await store.connectionsOfReplicas()).toMatchObject([{ replica }]);
  });

  const told = (phase: 'injecting' | 'healed'): void =>
    history.append({
      type: 'fault',
      at: history.at(),
      topology: name,
      fault: 'trial',
      phase,
      store: 'away',
      evidence: '',
    });

  /** How often anybody has connected to the store. */
  const visits = async (): Promise<number> =>
    Number(/total_connections_received:(\d+)/.exec(await redis.look.info('stats'))?.[1]);
});
