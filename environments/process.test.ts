import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { makeDrillCredentials, operatorsFor, serverCalled } from '../harness/run/credentials.ts';
import type { TopologyPlan } from '../harness/run/environment.ts';
import { loadAdapter } from '../harness/signer/adapter.ts';
import { Secret } from '../harness/signer/secret.ts';
import { withEachServer } from './parts/fault-proxy/each-server.fixture.ts';
import { NO_FAKETIME } from './parts/faketime.ts';
import { type Journal, openJournal } from './parts/journal.ts';
import { knock } from './parts/knock.ts';
import { birthOf } from './parts/process-table.ts';
import { processEnvironment } from './process.ts';
import { referenceAdapter } from './signers/list.ts';

const NAMES = ['replica-1', 'replica-2'];
const credentials = await makeDrillCredentials(NAMES.map((name) => `usual/${name}`));
const adapter = await loadAdapter(referenceAdapter);

const plan: TopologyPlan = {
  name: 'usual',
  adapter,
  replicas: NAMES.map((name) => ({
    name,
    state: {
      clients: [{ id: 'alice', secrets: [new Secret('alice/current', 'public-test-secret')] }],
      server: serverCalled('old', `usual/${name}`, credentials),
      clientTrust: credentials.trust,
      requireMtls: true,
      timestampMaxAgeMs: 60_000,
      nonceTtlSeconds: 120,
    },
  })),
  operators: (state) => operatorsFor(state, credentials),
  serverTrust: credentials.serverTrust,
  redact: (text) => text,
};

let journal: Journal;
let pids: number[];

beforeEach(() => {
  const home = mkdtempSync(join(tmpdir(), 'keydrill-test-'));
  const opened = openJournal({ KEYDRILL_STATE: join(home, 'state') });
  pids = [];
  const spawned = (name: string, pid: number): void => {
    pids.push(pid);
    opened.spawned(name, pid);
  };
  journal = { ...opened, spawned };
  return async () => {
    vi.unstubAllEnvs();
    await opened[Symbol.asyncDispose]();
    rmSync(home, { recursive: true, force: true });
  };
});

const opened = () => processEnvironment(journal).open(plan, new AbortController().signal);

withEachServer(() => {
  test('everything goes with a topology, also what stands still, is down or was interposed', async () => {
    const topology = await opened();
    const [first, second] = topology.replicas;
    const between = await topology.interpose('replica-2');
    // A signer comes back to its store by itself, and this is the connection that outlives it.
    await vi.waitFor(() => expect(between.deeds().some(({ forwarded }) => forwarded > 0)).toBe(true), 5_000);
    between.serve({ kind: 'half-open' });
    await first!.pause();
    await second!.kill();
    await topology.store.pause();
    expect(between.deeds()).toContainEqual(expect.objectContaining({ isOpen: true }));
    await topology[Symbol.asyncDispose]();

    expect(pids.map((pid) => birthOf(pid))).toEqual(pids.map(() => undefined));
    expect(between.deeds().filter(({ isOpen }) => isOpen)).toEqual([]);
    expect(await Promise.all(topology.replicas.map((replica) => knock(replica)))).toEqual([false, false]);
  });
});

test('what cannot be done is told with its remedy', async () => {
  vi.stubEnv('KEYDRILL_LIBFAKETIME', '/no/such/library.so');
  await using topology = await opened();
  expect(topology.cannot).toEqual({ 'skew-clock': NO_FAKETIME });
  await expect(topology.interpose('nobody')).rejects.toThrow('No replica nobody has a way to this store');
});
