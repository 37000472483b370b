import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { wallClockMs } from '../../harness/clock.ts';
import { EnvironmentError } from '../../harness/errors.ts';
import { makeDrillCredentials, operatorsFor, serverCalled } from '../../harness/run/credentials.ts';
import type { ServerName } from '../../harness/run/drill/procedure.ts';
import type { Replica, ReplicaPlan } from '../../harness/run/environment.ts';
import { type Adapter, loadAdapter } from '../../harness/signer/adapter.ts';
import { Secret } from '../../harness/signer/secret.ts';
import { openConnection } from '../../harness/traffic/connection.ts';
import { referenceAdapters } from '../signers/list.ts';
import { openJournal, type Journal } from './journal.ts';
import { LOOPBACK, reservePorts } from './ports.ts';
import { findFaketime, NO_FAKETIME } from './faketime.ts';
import { birthOf } from './process-table.ts';
import { startReplica } from './replica.ts';

const OF = 'usual/replica-1';
const credentials = await makeDrillCredentials([OF]);
const signal = new AbortController().signal;

let home: string;
let journal: Journal;
let pids: number[];
let store: Server;
/** How often it was asked whether it is there, and how often it is still to say that it is not. */
let pings: number;
let refusals: number;

beforeEach(async () => {
  [pings, refusals] = [0, 0];
  store = createServer((socket) =>
    socket.on('data', (data) => socket.write(replies(data.toString()))).on('error', () => undefined),
  );
  await new Promise<void>((listening) => store.listen(0, LOOPBACK, listening));
  home = mkdtempSync(join(tmpdir(), 'keydrill-test-'));
  pids = [];
  const opened = openJournal({ KEYDRILL_STATE: join(home, 'state') });
  const spawned = (name: string, pid: number): void => {
    pids.push(pid);
    opened.spawned(name, pid);
  };
  journal = { ...opened, spawned };
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await journal[Symbol.asyncDispose]();
  store.close();
  rmSync(home, { recursive: true, force: true });
});

test.each(Object.entries(referenceAdapters))(
  'three changes in a row reach a signer by %s, on one port',
  async (way, path) => {
    await using replica = await started(await loadAdapter(path));
    for (const name of ['renewed', 'renewed-again', 'next'] as const) {
      const { witnessed, evidence } = await replica.apply(stateWith(name), signal);
      expect(witnessed).toBe(way === 'restart');
      expect(evidence).not.toBe('');
      // Only these two say when it is done.
      if (way === 'restart' || way === 'command') expect(await shownBy(replica)).toBe(fingerprint(name));
      await vi.waitFor(async () => expect(await shownBy(replica)).toBe(fingerprint(name)), 5_000);
      expect(replica.state.server.id).toBe(`${OF}/${name}`);
    }
    expect(pids).toHaveLength(way === 'restart' ? 4 : way === 'command' ? 4 : 1);
  },
);

test('a signer that a change ends is told of with its last words, and can be started anew', async () => {
  // What it does not handle ends a program.
  await using replica = await started(await reference({ apply: { by: 'signal', signal: 'SIGUSR2' } }));
  const applied = replica.apply(stateWith('next'), signal);
  await expect(applied).rejects.toThrow(EnvironmentError);
  await expect(applied).rejects.toThrow(/was ended by SIGUSR2 before .* it last printed: .*"listening"/);
  await expect(replica.apply(stateWith('next'), signal)).rejects.toThrow(/was ended by SIGUSR2/);

  expect(await replica.restart(stateWith('next'), signal)).toMatchObject({ witnessed: true });
  expect(await shownBy(replica)).toBe(fingerprint('next'));
  expect(replica.log().split('"listening"')).toHaveLength(3);
});

test('a signer that stands still over a change is given up in time, and goes with everything else', async () => {
  const adapter = await reference({});
  await using replica = await started(adapter);
  process.kill(pids[0]!, 'SIGSTOP');
  adapter.bounds.startsWithinMs = 100;
  await expect(replica.apply(stateWith('next'), signal)).rejects.toThrow(/was not ready within 100 ms/);
});

test.each([
  ['echo refused: {clientSecrets} >&2; exit 3', /" exited with code 3; .* refused: \{alice:\[redacted\]\}$/],
  ['kill -9 $$', /" was ended by SIGKILL; it printed nothing/],
  ['sleep 60', /" did not end within 200 ms; it printed nothing/],
])('a command that does not end well is named: %s', async (script, words) => {
  const command: [string, ...string[]] = ['sh', '-c', script];
  const adapter = await reference({ apply: { by: 'command', command } });
  if (script.startsWith('sleep')) adapter.bounds.appliesWithinMs = 200;
  await using replica = await started(adapter);
  const applied = replica.apply(stateWith('next'), signal);
  await expect(applied).rejects.toThrow(EnvironmentError);
  await expect(applied).rejects.toThrow(`Command "sh -c ${script}`);
  await expect(applied).rejects.toThrow(words);
  // Whatever a command prints is searched for secrets with the rest.
  expect(replica.log().includes('public-test-secret')).toBe(script.includes('{clientSecrets}'));
});

test('a signer that has started is given away once it says that it is connected, and no sooner', async () => {
  refusals = 3;
  await using replica = await started(await reference({}));
  expect(pings).toBe(4);
  expect(replica.log()).toContain('"listening"');
});

test('a signer is not asked whether it is connected before there is a store', async () => {
  const noStore = Promise.reject(new EnvironmentError('There is no store'));
  noStore.catch(() => undefined);
  await expect(started(await reference({}), noStore)).rejects.toThrow('does not start: There is no store');
  expect(pings).toBe(0);
});

test('a replica that is taken down in the middle of a restart leaves no process behind', async () => {
  const replica = await started(await loadAdapter(referenceAdapters.restart));
  const applied = replica.apply(stateWith('next'), signal);
  const outcome = expect(applied).rejects.toThrow();
  await replica[Symbol.asyncDispose]();
  await outcome;
  expect(pids.map((pid) => birthOf(pid))).toEqual(pids.map(() => undefined));
});

test('a replica is paused, resumed and killed, and what became of it is what the system says', async () => {
  await using replica = await started(await reference({}));
  expect(await replica.condition()).toBe('running');
  await replica.pause();
  await vi.waitFor(async () => expect(await replica.condition()).toBe('paused'));
  await replica.resume();
  await vi.waitFor(async () => expect(await replica.condition()).toBe('running'));
  expect(await shownBy(replica)).toBe(fingerprint('old'));

  await replica.pause();
  await replica.kill();
  expect(await replica.condition()).toBe('ended');
  expect(birthOf(pids[0]!)).toBeUndefined();
  await replica.restart(stateWith('old'), signal);
  expect(await replica.condition()).toBe('running');
  expect(await shownBy(replica)).toBe(fingerprint('old'));
  await replica.kill();
});

describe('by another clock', () => {
  beforeEach((context) => context.skip(findFaketime() === undefined, NO_FAKETIME));

  test.each([
    ['reference', 90_000],
    ['reference', -90_250],
    ['python', 90_000],
    ['python', -90_250],
  ])('a %s signer runs %d ms off until it is restarted without', async (kind, clockOffsetMs) => {
    const python = fileURLToPath(new URL('../signers/python/adapter.yaml', import.meta.url));
    await using replica = await started(
      await loadAdapter(kind === 'python' ? python : referenceAdapters.restart),
    );
    expect(await replica.runsByOtherClock()).toEqual({
      so: false,
      evidence: `process ${pids.at(-1)} was started without FAKETIME`,
    });

    await replica.restart(stateWith('old'), signal, { clockOffsetMs });
    expect(await offsetSeen(replica)).toBeCloseTo(clockOffsetMs / 1000, -0.5);
    expect(replica.clock).toEqual({ offsetMs: clockOffsetMs, errorMs: 2 });
    const { so, evidence } = await replica.runsByOtherClock();
    const seconds = clockOffsetMs > 0 ? '+90.000' : '-90.250';
    expect(evidence).toBe(
      `process ${pids.at(-1)} was started with FAKETIME=${seconds} and has ${findFaketime()} loaded`,
    );
    expect(so).toBe(true);

    await replica.kill();
    await replica.restart(stateWith('old'), signal);
    expect(await offsetSeen(replica)).toBeCloseTo(0, -0.5);
    expect(replica.clock).toEqual({ offsetMs: 0, errorMs: 2 });
    expect(await replica.runsByOtherClock()).toMatchObject({ so: false });
  });

  test('a change that restarts it leaves its clock as it is', async () => {
    await using replica = await started(await loadAdapter(referenceAdapters.restart));
    await replica.restart(stateWith('old'), signal, { clockOffsetMs: 90_000 });
    await replica.apply(stateWith('next'), signal);
    expect(replica.clock.offsetMs).toBe(90_000);
    expect(await replica.runsByOtherClock()).toMatchObject({ so: true });
  });

  test('a program that does not load the library runs by our clock, and it is said why', async () => {
    const adapter = await reference({});
    const [program, ...args] = adapter.start.command;
    const command: [string, ...string[]] = ['env', '-u', 'LD_PRELOAD', program, ...args];
    await using replica = await started({ ...adapter, start: { ...adapter.start, command } });
    await replica.restart(stateWith('old'), signal, { clockOffsetMs: 90_000 });
    expect(await replica.runsByOtherClock()).toEqual({
      so: false,
      evidence: expect.stringMatching(/^process \d+ was started with FAKETIME=\+90\.000 but has not loaded /),
    });
    expect(replica.clock.offsetMs).toBe(0);
    expect(await offsetSeen(replica)).toBeCloseTo(0, -0.5);
  });

  test('nothing is left of it in shared memory, even where it is killed', async () => {
    const replica = await started(await reference({}));
    await replica.restart(stateWith('old'), signal, { clockOffsetMs: 90_000 });
    await replica.kill();
    expect(sharedBy(pids.at(-1))).not.toEqual([]);
    await journal[Symbol.asyncDispose]();
    expect(sharedBy(pids.at(-1))).toEqual([]);
  });
});

test('without the library nothing is stopped, and it is said what to install', async () => {
  await using replica = await started(await reference({}));
  vi.stubEnv('KEYDRILL_LIBFAKETIME', '/no/such/library.so');
  await expect(replica.restart(stateWith('old'), signal, { clockOffsetMs: 1 })).rejects.toThrow(NO_FAKETIME);
  expect(await replica.condition()).toBe('running');
});

const sharedBy = (pid?: number): string[] =>
  readdirSync('/dev/shm').filter((name) => name.endsWith(`_${pid}`));

/** What a store answers that holds nothing: nobody is asked to sign anything. */
const replies = (commands: string): string =>
  commands
    .split(/^\*\d+\r\n/m)
    .slice(1)
    .map((command) => (/ping/i.test(command) ? answerToPing() : '+OK\r\n'))
    .join('');

function answerToPing(): string {
  pings += 1;
  return pings > refusals ? '+PONG\r\n' : '-LOADING not yet\r\n';
}

const reference = async (change: Partial<Adapter>): Promise<Adapter> => {
  const adapter = await loadAdapter(referenceAdapters.signal);
  return { ...adapter, bounds: { ...adapter.bounds, appliesWithinMs: 2000 }, ...change };
};

async function started(
  adapter: Adapter,
  storeUp: Promise<unknown> = Promise.resolve(),
): Promise<Replica & AsyncDisposable> {
  await using ports = await reservePorts();
  const replica = { name: 'replica-1', state: stateWith('old') };
  return startReplica({
    plan: {
      name: 'usual',
      adapter,
      replicas: [replica],
      operators: (state) => operatorsFor(state, credentials),
      serverTrust: credentials.serverTrust,
      redact: (text) => text.replaceAll('public-test-secret', '[redacted]'),
    },
    replica,
    store: { host: LOOPBACK, port: (store.address() as AddressInfo).port, database: 0, keyPrefix: 'usual:' },
    storeUp,
    port: await ports.take(),
    journal,
    signal,
  });
}

const stateWith = (server: ServerName): ReplicaPlan['state'] => ({
  clients: [{ id: 'alice', secrets: [new Secret('alice/current', 'public-test-secret')] }],
  server: serverCalled(server, OF, credentials),
  clientTrust: credentials.trust,
  requireMtls: true,
  timestampMaxAgeMs: 60_000,
  nonceTtlSeconds: 120,
});

const fingerprint = (server: ServerName): string => serverCalled(server, OF, credentials).fingerprint256;

async function shownBy({ host, port }: Replica): Promise<string | undefined> {
  const { serverTrust } = credentials;
  const connection = await openConnection({ host, port, serverTrust, deadlineMs: 2000 });
  if (connection.kind === 'unopened') return undefined;
  await using open = connection;
  return open.serverFingerprint;
}

/** Seconds by which the time it writes into its answers is off. */
async function offsetSeen({ host, port, state }: Replica): Promise<number> {
  const { serverTrust } = credentials;
  const [identity] = operatorsFor(state, credentials);
  const connection = await openConnection({ host, port, identity: identity!, serverTrust, deadlineMs: 2000 });
  if (connection.kind === 'unopened') throw new Error(connection.detail);
  await using open = connection;
  const request = { method: 'GET', target: '/healthz', headers: [], body: new Uint8Array() };
  const answer = await open.send(request, { deadlineMs: 2000 });
  if (answer.kind === 'lost') throw new Error(answer.detail);
  const [, date = ''] = answer.headers.find(([name]) => name.toLowerCase() === 'date') ?? [];
  return (Date.parse(date) - wallClockMs()) / 1000;
}
