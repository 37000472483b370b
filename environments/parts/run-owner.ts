import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { birthOf, type ProcessTable } from './process-table.ts';

/** The variable that every process of a run is started with; its value is the run's id. */
export const RUN_MARK = 'KEYDRILL_RUN';

/**
 * A new run id: pid, place and birth of this process, and chance. The owner is in the name so that a run folder
 * names its owner from the instant it exists, with no moment in between for a kill to fall into.
 */
export function newRunId(): string {
  const birth = birthOf(process.pid) ?? '';
  return [process.pid, digest(place()), digest(birth), randomBytes(12).toString('hex')].join('-');
}

/** Whether the process that owns a run still lives; `unknown` where its process table cannot be seen from here. */
export function ownerOf(runId: string, table: ProcessTable): 'alive' | 'dead' | 'unknown' {
  const [, pid, where, birth] = /^(\d+)-([0-9a-f]{12})-([0-9a-f]{12})-[0-9a-f]{24}$/.exec(runId) ?? [];
  if (where !== digest(place())) return 'unknown';
  const entry = table.get(Number(pid));
  return entry !== undefined && !entry.ended && digest(entry.birth) === birth ? 'alive' : 'dead';
}

/** Machines and containers may share a home; a pid of one means nothing in another. */
function place(): string {
  if (process.platform !== 'linux') return 'here';
  const machine = readable(() => readFileSync('/etc/machine-id', 'utf8').trim());
  return [machine, hostname(), readable(() => readlinkSync('/proc/self/ns/pid'))].join(' ');
}

function readable(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
