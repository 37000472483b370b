import { rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { monotonicMs, pause } from '../../harness/clock.ts';
import { carriersOf, readProcessTable } from './process-table.ts';
import { RUN_MARK } from './run-owner.ts';

/** What a run has made so far, as its journal tells it. */
export interface Traces {
  readonly runId: string;
  readonly folder: string;
  readonly spawned: readonly { readonly name: string; readonly pid: number; readonly birth: string }[];
  readonly made: readonly string[];
}

/** What an undo did: the processes it killed, and in words whatever it could not remove. */
export interface Undone {
  readonly killed: readonly number[];
  readonly remaining: readonly string[];
}

const KILL_DEADLINE_MS = 5_000;

/** Tried again for a moment, since a process that was just killed may still be inside its last write. */
const REMOVAL = { recursive: true, force: true, maxRetries: 10, retryDelay: 5 };

/** The folder of a run that holds configuration and keys. */
export const workOf = (folder: string): string => join(folder, 'work');

/** Kills every process a run left and removes its files; harmless when repeated or done twice at once. */
export async function undo(traces: Traces): Promise<Undone> {
  const killed = new Set<number>();
  const outlived = await killAll(traces, killed);
  const remaining = outlived.map((pid) => `process ${pid} outlived SIGKILL`);
  // The journal goes last, so that an undo that is itself killed can be taken up again.
  for (const path of [...traces.made, workOf(traces.folder)]) remaining.push(...(await remove(path)));
  if (remaining.length === 0) remaining.push(...(await remove(traces.folder)));
  return { killed: [...killed], remaining };
}

/** The same in one breath, for an exit that waits for nothing. What it cannot finish the next sweep will. */
export function undoNow(traces: Traces): void {
  killOnce(living(traces));
  try {
    for (const path of [...traces.made, workOf(traces.folder), traces.folder]) rmSync(path, REMOVAL);
  } catch {
    // The journal is still there for the sweep.
  }
}

async function killAll(traces: Traces, killed: Set<number>): Promise<readonly number[]> {
  const deadline = monotonicMs() + KILL_DEADLINE_MS;
  // A process may fork while it is being killed: only a look that finds nobody is the end.
  for (;;) {
    const left = living(traces);
    if (left.pids.length === 0 || monotonicMs() > deadline) return left.pids;
    killOnce(left);
    for (const pid of left.pids) killed.add(pid);
    await pause(2);
  }
}

interface Living {
  readonly groups: readonly number[];
  readonly pids: readonly number[];
}

/** Only what is proved to be the run's: a recorded pid with its birth, that process's group, or the run's mark. */
function living({ runId, spawned }: Traces): Living {
  const table = readProcessTable();
  const proved = new Set(carriersOf(RUN_MARK, runId));
  // A leader that has ended but was not yet waited for still keeps its number, so its group is proved too.
  const leaders = spawned.filter(({ pid, birth }) => table.get(pid)?.birth === birth);
  const groups = new Set(leaders.map(({ pid }) => pid));
  for (const { pid, group } of table.values()) if (groups.has(pid) || groups.has(group)) proved.add(pid);
  const pids = [...proved].filter((pid) => pid !== process.pid && table.get(pid)?.ended === false);
  return { groups: [...groups], pids };
}

/** Groups first and in one stroke: once a leader is gone, its members could no longer be proved ours. */
function killOnce({ groups, pids }: Living): void {
  for (const target of [...groups.map((group) => -group), ...pids]) {
    try {
      process.kill(target, 'SIGKILL');
    } catch {
      // Gone already, or not ours to kill: the next look tells which.
    }
  }
}

async function remove(path: string): Promise<string[]> {
  try {
    await rm(path, REMOVAL);
    return [];
  } catch (error) {
    return [`${path} cannot be removed (${(error as NodeJS.ErrnoException).code})`];
  }
}
