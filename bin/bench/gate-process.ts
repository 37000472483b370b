import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sweep } from '../../environments/parts/journal.ts';
import { monotonicMs } from '../../harness/clock.ts';
import { findingsFileSchema, type FindingsFile } from '../../harness/judge/findings.ts';
import { freshSeed } from '../../harness/seed.ts';
import { runRecordSchema, type RunRecord } from '../../reports/run-record.ts';
import { whenLeaving } from './leaving.ts';

/** A gate as a user starts it, in a folder of its own. Disposing of it ends it and removes the folder. */
export interface GateProcess extends AsyncDisposable {
  /** The harness itself: the launcher becomes it. */
  readonly pid: number;
  readonly seed: number;
  readonly folder: string;
  readonly ended: Promise<GateEnd>;
  running(): boolean;
  /** What the journal holds so far: the run's id and the processes it started. Empty before the first of them. */
  journal(): Promise<readonly JournalOfRun[]>;
  /** Files in the state folder: while it runs its own, afterwards nobody's. */
  stateFiles(): Promise<readonly string[]>;
  /** Spares the folder: somebody has to look into it. */
  keep(): void;
}

export interface GateEnd {
  readonly code: number | null;
  /** From starting the launcher to the end of the process. */
  readonly wallMs: number;
  readonly output: string;
}

export interface JournalOfRun {
  readonly runId: string;
  readonly spawned: readonly Spawned[];
}

export interface Spawned {
  readonly name: string;
  readonly pid: number;
  readonly birth: string;
}

/** No run takes that long: one that does will never end. */
const ENDS_WITHIN_MS = { gate: 180_000, drill: 1_800_000 };

const launcher = fileURLToPath(new URL('../keydrill', import.meta.url));

/** Starts a gate or a drill, whole or of some courses, over the reference signer or the one of an adapter file. */
export async function startGate(
  adapter?: string,
  command: keyof typeof ENDS_WITHIN_MS = 'gate',
  only: readonly string[] = [],
): Promise<GateProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'keydrill-bench-'));
  const state = join(folder, 'state');
  await mkdir(state, { mode: 0o700 });
  const seed = freshSeed();
  const signer = adapter === undefined ? [] : ['--signer', adapter];
  const chosen = only.flatMap((name) => ['--only', name]);
  const args = [command, ...signer, ...chosen, '--out', join(folder, 'out'), '--seed', String(seed)];
  const from = monotonicMs();
  const child = spawn(launcher, args, {
    env: { ...settings(), KEYDRILL_STATE: state },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = new Promise<GateEnd>((done, failed) => {
    let wallMs = 0;
    child.once('error', failed);
    child.once('exit', () => (wallMs = monotonicMs() - from));
    child.once('close', (code) => done({ code, wallMs, output }));
  });
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  const stuck = setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN_MS[command]).unref();
  void ended.finally(() => clearTimeout(stuck)).catch(() => undefined);
  const leaving = whenLeaving(() => child.kill('SIGTERM'));
  let spared = false;
  if (child.pid === undefined) await ended;
  return {
    pid: child.pid!,
    seed,
    folder,
    ended,
    running,
    journal: () => journalIn(state),
    stateFiles: async () => filesIn(state),
    keep: () => (spared = true),
    async [Symbol.asyncDispose]() {
      if (running()) child.kill('SIGTERM');
      await ended;
      leaving.done();
      // One that had to be killed could not clear up after itself.
      await sweep({ KEYDRILL_STATE: state });
      if (!spared) await rm(folder, { recursive: true });
    },
  };
}

/** What the user told the environment about this one run must not steer ours. */
const settings = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('KEYDRILL_') || PROGRAMS.has(name)),
  );

const PROGRAMS = new Set(['KEYDRILL_REDIS_SERVER', 'KEYDRILL_TOXIPROXY']);

/** The record of a run that has ended. */
export const recordOf = ({ folder }: GateProcess): RunRecord =>
  runRecordSchema.parse(JSON.parse(readFileSync(join(folder, 'out', 'run.json'), 'utf8')));

/** Its findings; nothing where it did not come that far. */
export function findingsOf({ folder }: GateProcess): FindingsFile | undefined {
  try {
    return findingsFileSchema.parse(JSON.parse(readFileSync(join(folder, 'out', 'findings.json'), 'utf8')));
  } catch {
    return undefined;
  }
}

async function journalIn(state: string): Promise<JournalOfRun[]> {
  const runs = await readdir(join(state, 'runs')).catch(() => []);
  return runs.map((runId) => ({ runId, spawned: spawnedIn(join(state, 'runs', runId, 'journal.jsonl')) }));
}

function spawnedIn(file: string): Spawned[] {
  try {
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    const entries = lines.map(
      (each) => JSON.parse(each) as Partial<Omit<Spawned, 'name'> & { spawned: string }>,
    );
    return entries.flatMap(({ spawned: name, pid, birth }) =>
      name === undefined || pid === undefined || birth === undefined ? [] : { name, pid, birth },
    );
  } catch {
    // The run folder comes before its journal and goes after it.
    return [];
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
}
