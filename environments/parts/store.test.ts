import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { monotonicMs, pause } from '../../harness/clock.ts';
import type { EventOf } from '../../harness/judge/events.ts';
import { History } from '../../harness/judge/history.ts';
import type { ReplayStore, Topology, TopologyPlan } from '../../harness/run/environment.ts';
import { StallWatch } from '../../harness/run/stalls.ts';
import { type Journal, openJournal } from './journal.ts';
import { type Link, openLink } from './link.ts';
import { LOOPBACK, type PortReserve, reservePorts } from './ports.ts';
import { type RedisServer, startRedis } from './redis.ts';
import { storeBehind } from './store.ts';

const HALF_MS = 300;
const [topology, replica] = ['usual', 'replica-1'];

let home: string;
let journal: Journal;
let ports: PortReserve;
let redis: RedisServer;
let link: Link;
let store: ReplayStore;
let history: History;
let stalls: EventOf<'stall'>[];
let watch: StallWatch;
/** Lets what has connected to the link so far, and all after it, through to the store. */
let open: () => void;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'keydrill-test-'));
  journal = openJournal({ KEYDRILL_STATE: join(home, 'state') });
  ports = await reservePorts();
  redis = await startRedis({ journal, port: await ports.take() });
  const { promise: upstreamUp, resolve } = Promise.withResolvers<void>();
  open = resolve;
  link = await openLink({ name: replica, port: await ports.take(), upstream: redis.at, upstreamUp });
  store = storeBehind(redis.look, [link]);
  history = History.unwritten(monotonicMs);
  stalls = [];
  history.listen((event) => void (event.type === 'stall' && stalls.push(event)));
  watch = new StallWatch(history);
  const nobody = { name: replica, host: LOOPBACK, port: await ports.take(), state: {} };
  watch.watch(
    { name: topology, replicas: [nobody], store } as unknown as Topology,
    { operators: () => [], serverTrust: [], adapter: { ready: { get: '/' } } } as unknown as TopologyPlan,
  );
});

afterEach(async () => {
  open();
  await watch[Symbol.asyncDispose]();
  await link[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
  await ports[Symbol.asyncDispose]();
  await journal[Symbol.asyncDispose]();
  rmSync(home, { recursive: true, force: true });
});

/** Far longer than any beat may take; gives back a moment in the middle of it. */
async function aWhile(): Promise<number> {
  await pause(HALF_MS);
  const middle = history.at();
  await pause(HALF_MS);
  return middle;
}

const spanning = (moment: number): string[] =>
  stalls.filter(({ from, to }) => from < moment && to > moment).map(({ who }) => who);

test("a standstill of nothing but a replica's own way to its store is told of", async () => {
  const middle = await aWhile();
  open();
  await vi.waitFor(() => expect(spanning(middle)).toEqual(['way']));
  expect(stalls.find(({ who }) => who === 'way')).toMatchObject({ topology, replica });
});

test('one that lasts to the end of the watch is told of as well', async () => {
  const middle = await aWhile();
  await watch[Symbol.asyncDispose]();
  expect(spanning(middle)).toEqual(['way']);
});

test.each([
  ['cut by us', () => store.cut(), () => store.mend()],
  ['stopped by us', async () => redis.child.signal('SIGSTOP'), async () => redis.child.signal('SIGCONT')],
])(
  'a store that was %s does not stand still, and is watched again when it is healed',
  async (_how, inject, heal) => {
    open();
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
  open();
  const before = await visits();
  await vi.waitFor(async () => expect(await visits()).toBeGreaterThan(before + 2));
  expect(store.visitors()).toEqual([]);
  expect(await store.connectionsOfReplicas()).toBe(0);
  await watch[Symbol.asyncDispose]();
  await vi.waitFor(async () => expect(await redis.look.info('clients')).toContain('connected_clients:1\r'));
});

const told = (phase: 'injecting' | 'healed'): void =>
  history.append({
    type: 'fault',
    at: history.at(),
    topology,
    fault: 'trial',
    phase,
    store: 'away',
    evidence: '',
  });

/** How often anybody has connected to the store. */
const visits = async (): Promise<number> =>
  Number(/total_connections_received:(\d+)/.exec(await redis.look.info('stats'))?.[1]);
