import { join } from 'node:path';
import { openJournal } from '../../environments/parts/journal.ts';
import { processEnvironment } from '../../environments/process.ts';
import { referenceAdapter } from '../../environments/signers/list.ts';
import { monotonicMs, pause, wallClockMs } from '../../harness/clock.ts';
import type { SigningClient } from '../../harness/contract/signer-auth-v1/client.ts';
import { signerAuthV1 } from '../../harness/contract/signer-auth-v1/signer-auth-v1.ts';
import type { HistoryEvent } from '../../harness/judge/events.ts';
import { History } from '../../harness/judge/history.ts';
import { View } from '../../harness/judge/view.ts';
import { Canaries } from '../../harness/run/canaries.ts';
import { clientsOf, entriesOf, type PlannedClient } from '../../harness/run/clients.ts';
import { identityCalled, makeCredentials, type Credentials } from '../../harness/run/credentials.ts';
import type { StreamPlan, Use } from '../../harness/run/drill/procedure.ts';
import { startStreams } from '../../harness/run/drill/streams.ts';
import type { Topology } from '../../harness/run/environment.ts';
import { planTopology, REPLICAS } from '../../harness/run/plan.ts';
import { Recorder } from '../../harness/run/recorder.ts';
import { chanceFrom, unguessable } from '../../harness/seed.ts';
import { loadAdapter, type Adapter } from '../../harness/signer/adapter.ts';
import { offerOf } from '../../harness/signer/offer.ts';
import { openConnection } from '../../harness/traffic/connection.ts';
import { atLeast, atMost, median, type Measurement, shown } from './measurement.ts';

const ROUNDS = 5;
const FOR_MS = 6000;

/** Streams take half of this to come to their pace, and the rest to open the connections that it takes to hold it. */
const GROWS_MS = 2000;

/** What a drill's traffic costs its punctuality, while replicas and store work on the same processors. */
export const load: Measurement = {
  name: 'load',
  about:
    'the generator at 2,000 requests a second against two replicas: on time, nothing dropped, all answered',
  async measure({ print }) {
    await using journal = openJournal();
    process.on('exit', () => journal.undoNow());
    const canaries = new Canaries();
    const clients = clientsOf(
      { id: 'load', clients: { one: { allowed: ['current'], spare: ['rogue'] } } },
      canaries,
    );
    const [adapter, credentials] = await Promise.all([
      loadAdapter(referenceAdapter),
      makeCredentials(REPLICAS.map((replica) => `load/${replica}`)),
    ]);
    const plan = planTopology({
      name: 'load',
      adapter,
      credentials,
      canaries,
      clients: entriesOf(clients.values()),
      limits: 'usual',
      requireMtls: true,
    });
    await using topology = await processEnvironment(journal).open(plan, new AbortController().signal);
    const parts = { adapter, canaries, clients, credentials, topology, folder: journal.workDirectory };

    // Replicas that have just started serve the first thousands far slower than all others.
    await flow(parts, 'warm-up', slowly);
    const rounds: Held[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      const held = await hold(parts, `round-${round}`);
      const { lags, statuses, connections } = held;
      print(
        `round ${round}: lag p50 ${shown(at(lags, 0.5), 'ms')}, p99 ${shown(at(lags, 0.99), 'ms')}, max ${shown(at(lags, 1), 'ms')}; on ${shown(connections)} connections; answers by status: ${statuses}`,
      );
      rounds.push(held);
    }
    print(`fresh connections, each for one request: ${shown(await freshPerSecond(parts), '/s')}`);
    return [
      atLeast('requests sent', median(rounds.map(({ perSecond }) => perSecond)), 0.99 * PER_SECOND, '/s'),
      atMost('lag p99', median(rounds.map(({ lags }) => at(lags, 0.99))), 5, 'ms'),
      atMost(
        'dropped',
        rounds.reduce((sum, { dropped }) => sum + dropped, 0),
        0,
      ),
      atLeast('answered', median(rounds.map(({ answered }) => answered)), 0.99),
    ];
  },
};

const PER_SECOND = 2000;

type Plan = StreamPlan<SigningClient>;

const common = {
  client: 'one',
  identity: 'in-use',
  honest: true,
  clauses: { accepted: 'secrets/others-refused', refused: 'secrets/each-allowed' },
} as const;

/** Accepted, refused and replayed, straight to both replicas and through the balancer. */
const steadily: readonly Plan[] = [
  {
    ...common,
    id: 'current',
    credential: 'current',
    to: ['replicas'],
    on: ['kept'],
    perSecond: 800,
    makes: (client) => client.signs({ with: 'current' }),
  },
  {
    ...common,
    id: 'balanced',
    credential: 'current',
    to: ['balancer'],
    on: ['kept'],
    perSecond: 100,
    makes: (client) => client.signs({ with: 'current' }),
  },
  {
    ...common,
    id: 'rogue',
    credential: 'rogue',
    to: ['replicas'],
    on: ['kept'],
    perSecond: 50,
    makes: (client) => client.signs({ with: 'rogue' }),
  },
  {
    ...common,
    id: 'replayed',
    credential: 'replayed',
    to: ['replicas'],
    on: ['kept'],
    perSecond: 100,
    makes: (client, { spentNonce }) =>
      client.signs({ with: 'current', nonce: spentNonce() ?? 'f'.repeat(32) }),
  },
];

const slowly = steadily.map((plan) => ({ ...plan, perSecond: plan.perSecond / 2 }));

const use: Use = { secrets: { one: 'current' }, identity: 'valid', trust: ['old'] };

interface Parts {
  readonly adapter: Adapter;
  readonly canaries: Canaries;
  readonly clients: ReadonlyMap<string, PlannedClient>;
  readonly credentials: Credentials;
  readonly topology: Topology;
  readonly folder: string;
}

/** What came of holding the pace for a while. */
interface Held {
  readonly perSecond: number;
  /** From when each was due to when it was written, the shortest first. */
  readonly lags: readonly number[];
  readonly dropped: number;
  /** The share of all that were sent. */
  readonly answered: number;
  readonly statuses: string;
  readonly connections: number;
}

async function hold(parts: Parts, name: string): Promise<Held> {
  const { lags, sent, statuses, dropped, connections } = await flow(parts, name, steadily);
  const got = [...statuses.values()].reduce((sum, count) => sum + count, 0);
  return {
    perSecond: lags.length / (FOR_MS / 1000),
    lags: lags.toSorted((a, b) => a - b),
    dropped,
    answered: got / sent,
    statuses: [...statuses].map(([status, count]) => `${status} ${shown(count)}`).join(', '),
    connections,
  };
}

/** Lets these streams flow for a while, with a history on disk. */
async function flow(parts: Parts, name: string, plans: readonly Plan[]) {
  const { adapter, canaries, clients, credentials, topology, folder } = parts;
  const history = await History.inFile(join(folder, `${name}.jsonl`), monotonicMs);
  // Counted and not kept: what is kept here would be collected at the cost of what is measured.
  const seen = {
    lags: [] as number[],
    sent: 0,
    statuses: new Map<number, number>(),
    dropped: 0,
    connections: 0,
  };
  let full = Infinity;
  history.listen((event: HistoryEvent) => {
    if (event.type === 'sent') {
      seen.sent += 1;
      if (event.due >= full) seen.lags.push(event.at - event.due);
    }
    if (event.type === 'got') seen.statuses.set(event.status, (seen.statuses.get(event.status) ?? 0) + 1);
    if (event.type === 'dropped') seen.dropped += 1;
    if (event.type === 'connection') seen.connections += 1;
  });
  const secrets = [...clients.values()].flatMap((client) =>
    Object.values(client.secrets).map((secret) => ({ id: secret.id, value: secret.reveal() })),
  );
  const view = new View(signerAuthV1);
  const passage = {
    topology,
    credentials,
    recorder: new Recorder({ history, view, offer: offerOf(adapter), canaries }),
    occasion: { case: name, attempt: 1, topology: topology.name, secrets },
    deadlineMs: 2 * adapter.bounds.answersWithinMs + 1000,
    signal: new AbortController().signal,
  };
  const chance = chanceFrom(1).of(name);
  const streams = startStreams({
    plans,
    passage,
    clients,
    contract: signerAuthV1,
    adapter,
    canaries,
    chance,
  });
  full = history.at() + GROWS_MS;
  streams.follow(use);
  await pause(GROWS_MS + FOR_MS);
  await streams.stop();
  await history.close();
  return seen;
}

/** As many as go, with a few under way at a time. */
async function freshPerSecond({ topology, credentials, clients, adapter }: Parts): Promise<number> {
  const identity = identityCalled('valid', credentials)!;
  const { id, secrets } = clients.get('one')!;
  const current = { id: 'current', value: secrets['current']!.reveal() };
  const client = signerAuthV1.client({
    id,
    secrets: { current },
    offer: offerOf(adapter),
    now: wallClockMs,
    nonce: () => unguessable(16),
  });
  const limits = { deadlineMs: 5000 };
  const from = monotonicMs();
  let answered = 0;
  const lane = async (_: unknown, index: number): Promise<void> => {
    const { host, port } = topology.replicas[index % topology.replicas.length]!;
    while (monotonicMs() - from < FRESH_MS) {
      const to = { host, port, identity, serverTrust: credentials.trust, ...limits };
      const connection = await openConnection(to);
      if (connection.kind === 'unopened') throw new Error(`Not connected: ${connection.detail}`);
      const answer = await connection.send(client.signs(), limits);
      if (answer.kind === 'lost') throw new Error(`Not answered: ${answer.detail}`);
      await connection.close();
      answered += 1;
    }
  };
  await Promise.all(Array.from({ length: FRESH_AT_ONCE }, lane));
  return answered / ((monotonicMs() - from) / 1000);
}

const FRESH_MS = 4000;
const FRESH_AT_ONCE = 8;

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Infinity;
