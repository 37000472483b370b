import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { monotonicMs, pause } from '../harness/clock.ts';
import type { SigningClient } from '../harness/contract/signer-auth-v1/client.ts';
import { signerAuthV1 } from '../harness/contract/signer-auth-v1/signer-auth-v1.ts';
import type { Fault, Injection, Testimony } from '../harness/faults/fault.ts';
import { faults } from '../harness/faults/list.ts';
import { storeError } from '../harness/faults/store-error.ts';
import { storeOutOfMemory } from '../harness/faults/store-out-of-memory.ts';
import type { Finding } from '../harness/judge/findings.ts';
import { History } from '../harness/judge/history.ts';
import type { Run } from '../harness/run/carry-out.ts';
import type { Topology } from '../harness/run/environment.ts';
import { runGate } from '../harness/run/gate.ts';
import { makePlan } from '../harness/run/plan.ts';
import type { Stage } from '../harness/run/scenario.ts';
import { chanceFrom } from '../harness/seed.ts';
import { loadAdapter } from '../harness/signer/adapter.ts';
import { chaos } from '../suites/chaos/list.ts';
import { type Journal, openJournal } from './parts/journal.ts';
import { processEnvironment } from './process.ts';
import { referenceAdapter } from './signers/list.ts';

const adapter = await loadAdapter(referenceAdapter);
const { signal } = new AbortController();
const SOON_MS = 5_000;

let home: string;
let journal: Journal;
let topology: Topology;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'keydrill-faults-'));
  journal = openJournal({ ...process.env, KEYDRILL_STATE: join(home, 'state') });
  const wish = {
    contract: signerAuthV1,
    adapter,
    scenarios: chaos.slice(0, 1),
    checks: [],
    chance: chanceFrom(1),
  };
  const plan = await makePlan(wish);
  topology = await processEnvironment(journal).open(plan.topologies[0]!, signal);
});
afterAll(async () => {
  await topology?.[Symbol.asyncDispose]();
  await journal[Symbol.asyncDispose]();
  rmSync(home, { recursive: true, force: true });
});

/** Of a fault that did nothing to the store it is not told that there was anything to lose. */
const BEFORE = ['SET', 'written before the fault', '1', 'PX', '60000'] as const;

test.each(faults)('$name is seen where it was injected, and over once it is healed', async (fault) => {
  if (fault.cannot(topology) !== undefined) return;
  await using traffic = await trafficOn(topology);
  const { before, under, after } = await lived(fault, traffic, SOON_MS);
  expect({ before, under }).toMatchObject({ before: { so: false }, under: { so: true } });
  expect(under.never).toBeUndefined();
  expect(after).toMatchObject({ so: true });
  for (const { evidence } of [before, under, after]) expect(evidence).not.toBe('');
});

test.each(faults)('$name is not seen where it was not injected', async (fault) => {
  if (fault.cannot(topology) !== undefined) return;
  await using traffic = await trafficOn(topology);
  const { under, after } = await lived(ineffective(fault), traffic, 100);
  expect(under.so).toBe(false);
  expect(under.never).toBeUndefined();
  expect(after).toMatchObject({ so: true });
});

test.each([storeOutOfMemory, storeError('OOM')])(
  'a case of $name that never took hold shows nothing',
  async (fault) => {
    const { findings } = await gate(fault, ineffective);
    expect(findings.totals.exitCode).toBe(4);
    for (const { outcome, reason } of suffered(findings.findings)) {
      expect({ outcome, reason }).toMatchObject({ outcome: 'inconclusive' });
      expect(reason).toContain(`Nobody witnessed that ${fault.name} took hold`);
    }
  },
);

test('what is healed and still there is said plainly, and nothing passes over it', async () => {
  const { findings, view } = await gate(storeOutOfMemory, incurable);
  expect(findings.totals.exitCode).toBe(4);
  expect(view.faults.all.at(-1)).toMatchObject({
    healed: Infinity,
    unhealed: expect.stringContaining('OOM'),
  });
  for (const { outcome, reason } of suffered(findings.findings))
    expect({ outcome, reason }).toEqual({
      outcome: 'error',
      reason: expect.stringMatching(/^store-out-of-memory was healed and is still there: OOM /),
    });
});

/** A fault whose injection does nothing. */
const ineffective = (fault: Fault): Fault =>
  changed(fault, (injection) => ({ ...injection, inject: () => Promise.resolve() }));

/** A fault that nobody can heal. */
const incurable = (fault: Fault): Fault =>
  changed(fault, (injection) => ({ ...injection, heal: () => Promise.resolve() }));

const changed = (fault: Fault, change: (injection: Injection) => Injection): Fault => ({
  ...fault,
  prepare: async (...args) => change(await fault.prepare(...args)),
});

/** Goes through a fault as a run does, with commands by the ways of the replicas in place of requests. */
async function lived(
  fault: Fault,
  traffic: Traffic,
  withinMs: number,
): Promise<Record<'before' | 'under' | 'after', Testimony>> {
  const concerned = fault.concerns === 'one-replica' ? topology.replicas.slice(0, 1) : topology.replicas;
  await topology.store.asks(...BEFORE);
  const injection = await fault.prepare(topology, concerned, signal);
  const before = await injection.witness();
  try {
    await injection.place?.();
    if (injection.place) await traffic.flows();
    await injection.inject();
    if (fault.shows === 'under-traffic') await traffic.tries();
    const under = await comesTrue(() => injection.witness(), fault.shows === 'at-rest' ? withinMs : 0);
    await injection.heal();
    return { before, under, after: await comesTrue(() => injection.isOver(), SOON_MS) };
  } catch (error) {
    await injection.heal();
    throw error;
  }
}

async function comesTrue(ask: () => Promise<Testimony>, withinMs: number): Promise<Testimony> {
  const until = monotonicMs() + withinMs;
  for (;;) {
    const testimony = await ask();
    if (testimony.so || monotonicMs() >= until) return testimony;
    await pause(10);
  }
}

interface Traffic extends AsyncDisposable {
  /** Returns when the store carries out what comes by each way. */
  flows(): Promise<void>;
  /** Asks once by each way for what every fault of the store's can strike, whatever comes of it. */
  tries(): Promise<void>;
}

async function trafficOn({ replicas }: Topology): Promise<Traffic> {
  const clients = replicas.map(({ state: { store } }) => {
    const { host, port } = store;
    const once = {
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
      commandTimeout: 200,
      enableReadyCheck: false,
    };
    const client = new Redis({ host, port, ...once, retryStrategy: () => 10 });
    client.on('error', () => undefined);
    return client;
  });
  const onEach = async (act: (client: Redis) => Promise<unknown>): Promise<void> =>
    void (await Promise.all(clients.map(act)));
  const traffic: Traffic = {
    flows: () =>
      onEach(async (client) => {
        const giveUp = monotonicMs() + SOON_MS;
        while (!(await writes(client).catch(() => false)) && monotonicMs() < giveUp) await pause(10);
      }),
    tries: () =>
      onEach(async (client) => {
        await Promise.allSettled([client.evalsha('0'.repeat(40), 0), writes(client)]);
      }),
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.disconnect();
    },
  };
  await traffic.flows();
  return traffic;
}

const writes = (client: Redis) => client.set('written by the way', '1', 'PX', 1000);

/** Plays the case of one fault on the reference signer, with that fault changed. */
async function gate(fault: Fault, change: (fault: Fault) => Fault): Promise<Run> {
  const workDirectory = join(journal.workDirectory, fault.name);
  mkdirSync(workDirectory, { recursive: true });
  const run = await runGate({
    contract: signerAuthV1,
    adapter,
    scenarios: chaos
      .filter(({ id }) => id === `chaos-${fault.name}`)
      .map((each) => ({
        ...each,
        run: (stage: Stage<SigningClient>) =>
          each.run({ ...stage, suffers: (one, on) => stage.suffers(change(one), on) }),
      })),
    checks: [],
    seed: 1,
    reproduce: 'npx keydrill gate --only {id}',
    environment: processEnvironment({ ...journal, workDirectory }),
    history: History.unwritten(monotonicMs),
    audience: { begun: () => undefined, topologyUp: () => undefined, judged: () => undefined },
    before: [{ id: 'oracle-agrees-with-vectors', holds: true, evidence: 'shown by a test of its own' }],
    signal,
  });
  if (run.trouble !== undefined) throw run.trouble;
  return run;
}

const suffered = (findings: readonly Finding[]): Finding[] =>
  findings.filter(({ id }) => id.startsWith('chaos-'));
