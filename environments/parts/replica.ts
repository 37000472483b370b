import { join, sep } from 'node:path';
import type { Applied, Replica } from '../../harness/run/environment.ts';
import { EnvironmentError, UsageError } from '../../harness/errors.ts';
import type { DesiredState } from '../../harness/signer/desired-state.ts';
import { launchOf, type ConfigurationFile, type Launch } from '../../harness/signer/launch.ts';
import { behindOneLink, fileByFile } from './configuration.ts';
import { cutOff } from './cut-off.ts';
import type { Child } from './child.ts';
import { recordingShared, runsByOtherClock, withClock } from './faketime.ts';
import type { OutputLog } from './output-log.ts';
import { LOOPBACK } from './ports.ts';
import { startSigner, type ReplicaStart, stillAnswers } from './signer-process.ts';
import { tell } from './tell.ts';

/** Starts a signer the way its adapter says and waits until it is ready to be asked. */
export async function startReplica(start: ReplicaStart): Promise<Replica & AsyncDisposable> {
  const { plan, replica, store, port, journal } = start;
  const { adapter } = plan;
  const name = `${plan.name}/${replica.name}`;
  const workDirectory = join(journal.workDirectory, plan.name, replica.name);
  const place = { replica: replica.name, host: LOOPBACK, port, workDirectory, node: process.execPath };
  const putInPlace =
    adapter.apply.by === 'watch' && adapter.apply.as === 'symlinks' ? behindOneLink : fileByFile;

  let state: DesiredState = { ...replica.state, store };
  const printed: OutputLog[] = [];
  let lays: (files: readonly ConfigurationFile[]) => readonly ConfigurationFile[] = asTheyAre;
  const configure = async (): Promise<Launch> => {
    const launch = launchOf(adapter, state, place);
    assertOwn(launch.files, workDirectory, adapter.path);
    await putInPlace(lays(launch.files), workDirectory);
    return launch;
  };
  const begin = (launch: Launch, how: Pick<ReplicaStart, 'signal' | 'journal'>): Promise<Child> =>
    startSigner(launch, state, { ...start, ...how, prints: (output) => printed.push(output) });

  /** What was asked for, which a program that does not load the library does not run by. */
  let wantedOffsetMs = 0;
  let offsetMs = 0;
  let child = await begin(await configure(), start);

  async function restart(signal: AbortSignal): Promise<Applied> {
    const launch = await configure();
    const skewed = wantedOffsetMs === 0 ? undefined : withClock(launch, wantedOffsetMs);
    await child.stop();
    child = skewed
      ? await begin(skewed, { signal, journal: recordingShared(journal) })
      : await begin(launch, { signal, journal });
    offsetMs = skewed && runsByOtherClock(child.pid).so ? wantedOffsetMs : 0;
    return { witnessed: true, evidence: `process ${child.pid} was started with it and is ready` };
  }

  async function apply(signal: AbortSignal): Promise<Applied> {
    const how = adapter.apply;
    if (how.by === 'restart') return restart(signal);
    const { tells, directory, env } = await configure();
    if (how.by === 'signal') child.signal(how.signal);
    if (how.by === 'command' && tells) {
      await tell({
        name: `${name} is told`,
        ...tells,
        cwd: directory,
        env,
        journal,
        remedy: `put right apply.command in ${adapter.path}`,
        // As the adapter has it: with placeholders filled it may hold secrets.
        shown: how.command.join(' '),
        deadlineMs: adapter.bounds.appliesWithinMs,
        redact: plan.redact,
        prints: (output) => printed.push(output),
        signal,
      });
    }
    await stillAnswers(child, state, { ...start, signal });
    return { witnessed: false, evidence: evidence[how.by] };
  }

  const over = new AbortController();
  let changing: Promise<unknown> = Promise.resolve();
  const change =
    (act: (signal: AbortSignal) => Promise<Applied>): Replica['apply'] =>
    (next, signal) => {
      state = { ...next, store };
      const applied = act(AbortSignal.any([signal, over.signal]));
      changing = applied.catch(() => undefined);
      return applied;
    };
  // A change that restarts it leaves the clock as it is.
  const restarted = change(restart);
  return {
    name: replica.name,
    host: LOOPBACK,
    port,
    get clock() {
      // The same machine, so the same clock, or one that is off by a constant; what is left is the time between two
      // readings of it.
      return { offsetMs, errorMs: 2 };
    },
    get state() {
      return state;
    },
    log: () => printed.map((output) => output.text()).join(''),
    apply: change(apply),
    restart(next, signal, { clockOffsetMs } = { clockOffsetMs: 0 }) {
      wantedOffsetMs = clockOffsetMs;
      return restarted(next, signal);
    },
    async applyCutOff(signal) {
      lays = cutOff;
      try {
        return (await change(apply)(state, signal)).evidence;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof EnvironmentError) return error.message;
        throw error;
      } finally {
        lays = asTheyAre;
      }
    },
    pause: async () => child.signal('SIGSTOP'),
    resume: async () => child.signal('SIGCONT'),
    async kill() {
      child.signal('SIGKILL');
      await child.exited;
    },
    condition: async () => child.condition(),
    runsByOtherClock: async () => runsByOtherClock(child.pid),
    async [Symbol.asyncDispose]() {
      // A change that is under way could start a process behind our back.
      over.abort();
      await changing;
      await child.stop();
    },
  };
}

const asTheyAre = (files: readonly ConfigurationFile[]): readonly ConfigurationFile[] => files;

const evidence = {
  signal: 'it was sent the signal and still answers',
  watch: 'its files were replaced and it still answers',
  command: 'the command ended with code 0 and it still answers',
} as const;

/** What lies elsewhere would be there for every replica, and still be there after the run, secrets and all. */
function assertOwn(files: readonly ConfigurationFile[], workDirectory: string, adapter: string): void {
  const stray = files.find(({ path }) => !path.startsWith(`${workDirectory}${sep}`));
  if (stray !== undefined) {
    throw new UsageError(
      `${adapter}: files holds ${stray.path}, which is not the replica's own; begin its path with {work}/`,
    );
  }
}
