import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import type { Replica, ReplicaPlan, TopologyPlan } from '../../harness/run/environment.ts';
import { EnvironmentError, UsageError } from '../../harness/errors.ts';
import type { DesiredState, StoreAddress } from '../../harness/signer/desired-state.ts';
import { launchOf, type ConfigurationFile, type Launch } from '../../harness/signer/launch.ts';
import { openConnection } from '../../harness/traffic/connection.ts';
import { startChild, type Child } from './child.ts';
import type { Journal } from './journal.ts';
import { knock } from './knock.ts';
import { LOOPBACK } from './ports.ts';
import { untilReady } from './until-ready.ts';

/** What one replica is started from. */
export interface ReplicaStart {
  readonly plan: TopologyPlan;
  readonly replica: ReplicaPlan;
  readonly store: StoreAddress;
  readonly port: number;
  readonly journal: Journal;
  readonly signal: AbortSignal;
}

/** Starts a signer the way its adapter says and waits until it is ready to be asked. */
export async function startReplica(start: ReplicaStart): Promise<Replica & AsyncDisposable> {
  const { plan, replica, store, port, journal } = start;
  const workDirectory = join(journal.workDirectory, plan.name, replica.name);
  const place = { replica: replica.name, host: LOOPBACK, port, workDirectory, node: process.execPath };
  const launchIn = (state: DesiredState): Launch => {
    const launch = launchOf(plan.adapter, state, place);
    assertOwn(launch.files, workDirectory, plan.adapter.path);
    return launch;
  };

  let state: DesiredState = { ...replica.state, store };
  let pastLog = '';
  await writeConfiguration(launchIn(state).files);
  let child = await startReady(launchIn(state), start);

  const restart = async (): Promise<void> => {
    await child.stop();
    pastLog += child.output.text();
    child = await startReady(launchIn(state), start);
  };
  return {
    name: replica.name,
    host: LOOPBACK,
    port,
    // The same machine, so the same clock; what is left is the time between two readings of it.
    clock: { offsetMs: 0, errorMs: 2 },
    get state() {
      return state;
    },
    log: () => pastLog + child.output.text(),
    async apply(next) {
      state = { ...next, store };
      await writeConfiguration(launchIn(state).files);
      const { apply } = plan.adapter;
      if (apply.by === 'signal') child.signal(apply.signal);
      else await restart();
    },
    [Symbol.asyncDispose]: async () => void (await child.stop()),
  };
}

/** What lies elsewhere would be there for every replica, and still be there after the run, secrets and all. */
function assertOwn(files: readonly ConfigurationFile[], workDirectory: string, adapter: string): void {
  const stray = files.find(({ path }) => !path.startsWith(`${workDirectory}${sep}`));
  if (stray !== undefined) {
    throw new UsageError(
      `${adapter}: files holds ${stray.path}, which is not the replica's own; begin its path with {work}/`,
    );
  }
}

/** Each file appears whole or not at all, and nobody else may read it: some hold secrets and keys. */
async function writeConfiguration(files: readonly ConfigurationFile[]): Promise<void> {
  await Promise.all(
    files.map(async ({ path, content }) => {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeFile(`${path}.new`, content, { mode: 0o600 });
      await rename(`${path}.new`, path);
    }),
  );
}

async function startReady(
  launch: Launch,
  { plan, replica, port, journal, signal }: ReplicaStart,
): Promise<Child> {
  const { adapter, operator: identity, serverTrust, redact } = plan;
  const child = await startChild({
    name: `${plan.name}/${replica.name}`,
    command: launch.command,
    args: launch.args,
    env: launch.env,
    cwd: launch.directory,
    journal,
    remedy: `put right start.command in ${adapter.path}`,
    signal,
  });
  try {
    await untilReady(child, (over) => answersReady(over), {
      deadlineMs: adapter.bounds.startsWithinMs,
      redact,
      signal,
    });
    return child;
  } catch (error) {
    await child.stop();
    throw error instanceof EnvironmentError
      ? new EnvironmentError(`Signer "${adapter.name}" does not start: ${error.message}`)
      : error;
  }

  async function answersReady(over: AbortSignal): Promise<boolean> {
    if (!(await knock({ host: LOOPBACK, port }))) return false;
    const limits = { deadlineMs: adapter.bounds.startsWithinMs, signal: over };
    const connection = await openConnection({ host: LOOPBACK, port, identity, serverTrust, ...limits });
    if (connection.kind === 'unopened') return false;
    await using open = connection;
    const request = { method: 'GET', target: adapter.ready.get, headers: [], body: new Uint8Array() };
    const answer = await open.send(request, limits);
    return answer.kind === 'answer' && answer.status === adapter.ready.status;
  }
}
