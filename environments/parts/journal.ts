import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, readdirSync, writeSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { EnvironmentError } from '../../harness/errors.ts';
import { birthOf, readProcessTable } from './process-table.ts';
import { newRunId, ownerOf } from './run-owner.ts';
import { stateHome } from './state-home.ts';
import { type Traces, undo, undoNow, workOf } from './undo.ts';

/** What a run writes down before it makes it, so that whoever comes after a `kill -9` can undo it. */
export interface Journal extends AsyncDisposable {
  readonly runId: string;
  /** For configuration and keys: readable by us alone and removed with the run. */
  readonly workDirectory: string;
  /** Records a process that leads its own group and has not yet been let go. */
  spawned(name: string, pid: number): void;
  /** Records a file or folder outside the work directory that is about to be made. */
  willMake(path: string): void;
  /** Undoes at once and without waiting, for `process.on('exit')`. */
  undoNow(): void;
}

/** A run that was found without its owner, and what became of it. */
export interface SweptRun {
  readonly runId: string;
  readonly killed: readonly number[];
  readonly remaining: readonly string[];
}

const Entry = z.union([
  z.object({ spawned: z.string(), pid: z.int().min(2), birth: z.string() }),
  z.object({ made: z.string() }),
]);

/** Opens the journal of a new run. Disposing of it undoes everything that is still there. */
export function openJournal(variables: NodeJS.ProcessEnv = process.env): Journal {
  const runId = newRunId();
  const folder = join(runsOf(stateHome(variables)), runId);
  const traces = { runId, folder, spawned: [] as Traces['spawned'][number][], made: [] as string[] };
  const file = inFolder(folder, () => {
    mkdirSync(workOf(folder), { recursive: true, mode: 0o700 });
    return openSync(journalOf(folder), 'a', 0o600);
  });
  let open = true;
  let undone = false;

  const record = (entry: z.infer<typeof Entry>): void => {
    if (!open) throw new EnvironmentError(`Run ${runId} is over; open a journal for a new run`);
    inFolder(folder, () => {
      writeSync(file, `${JSON.stringify(entry)}\n`);
      fsyncSync(file);
    });
  };
  const close = (): boolean => {
    const wasOpen = open;
    open = false;
    if (wasOpen) closeSync(file);
    return wasOpen;
  };

  return {
    runId,
    workDirectory: workOf(folder),
    spawned(name, pid) {
      const birth = birthOf(pid);
      if (birth === undefined)
        throw new EnvironmentError(`Process ${pid} (${name}) ended before it was recorded`);
      record({ spawned: name, pid, birth });
      traces.spawned.push({ name, pid, birth });
    },
    willMake(path) {
      if (!isAbsolute(path))
        throw new EnvironmentError(`Cannot record ${path} for undoing; give its full path`);
      record({ made: path });
      traces.made.push(path);
    },
    undoNow() {
      close();
      // Also in the middle of the other way of undoing, which an exit cuts short.
      if (!undone) undoNow(traces);
    },
    async [Symbol.asyncDispose]() {
      if (!close()) return;
      const { remaining } = await undo(traces);
      undone = remaining.length === 0;
      if (remaining.length > 0) {
        throw new EnvironmentError(
          `Run ${runId} could not be undone: ${remaining.join(', ')}; remove these by hand`,
        );
      }
    },
  };
}

/** Undoes the runs whose owners are dead. Runs of living owners, and of owners it cannot see, are left alone. */
export async function sweep(variables: NodeJS.ProcessEnv = process.env): Promise<SweptRun[]> {
  const runs = runsOf(stateHome(variables));
  const found = listed(runs);
  // Read after the folders were listed: an owner is older than its folder, so none can be missed.
  const table = readProcessTable();
  const orphans = found.filter((runId) => ownerOf(runId, table) === 'dead');
  return Promise.all(
    orphans.map(async (runId) => ({ runId, ...(await undo(tracesOf(runId, join(runs, runId)))) })),
  );
}

function tracesOf(runId: string, folder: string): Traces {
  const entries = written(journalOf(folder)).flatMap((line) => {
    const entry = Entry.safeParse(parsed(line));
    return entry.success ? entry.data : [];
  });
  return {
    runId,
    folder,
    spawned: entries.flatMap((entry) => ('spawned' in entry ? { ...entry, name: entry.spawned } : [])),
    made: entries.flatMap((entry) => ('made' in entry ? entry.made : [])),
  };
}

/** The owner may have died before the first line, or in the middle of the last. */
function written(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function listed(runs: string): string[] {
  try {
    return readdirSync(runs);
  } catch {
    return [];
  }
}

const runsOf = (home: string): string => join(home, 'runs');
const journalOf = (folder: string): string => join(folder, 'journal.jsonl');

function inFolder<T>(folder: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw new EnvironmentError(
      `Cannot write to run folder ${folder}; make room there or set KEYDRILL_STATE`,
      {
        cause: error,
      },
    );
  }
}
