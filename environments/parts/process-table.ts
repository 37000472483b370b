import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/** One process as the kernel lists it. Its birth tells it from a later process with the same pid. */
export interface ProcessEntry {
  readonly pid: number;
  readonly group: number;
  readonly birth: string;
  /** It has ended and only waits for its parent to notice. */
  readonly ended: boolean;
  /** It stands still until it is told to go on. */
  readonly stopped: boolean;
}

const UNSEEN = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM']);

/** Every process that can be seen from here, by pid. */
export type ProcessTable = ReadonlyMap<number, ProcessEntry>;

/** Reads the process table of this machine. */
export function readProcessTable(): ProcessTable {
  const entries = process.platform === 'linux' ? fromProc() : fromPs();
  return new Map(entries.map((entry) => [entry.pid, entry]));
}

/** The processes of a group that have not ended. */
export const livingIn = (leader: number): readonly ProcessEntry[] =>
  [...readProcessTable().values()].filter(({ group, ended }) => group === leader && !ended);

/** When a process was born, as a mark to compare; undefined when it no longer runs. */
export function birthOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return readProcessTable().get(pid)?.birth;
  return fromStat(pid, bootId())?.birth;
}

/** The processes that were started with a variable at a value, handed down to them by whoever started them. */
export function carriersOf(variable: string, value: string): number[] {
  // Elsewhere the kernel keeps the environment of a process to itself.
  if (process.platform !== 'linux') return [];
  const wanted = `${variable}=${value}`;
  return pids().filter((pid) => read(`/proc/${pid}/environ`)?.split('\0').includes(wanted));
}

function fromProc(): ProcessEntry[] {
  const boot = bootId();
  return pids().flatMap((pid) => fromStat(pid, boot) ?? []);
}

function pids(): number[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? Number(name) : []));
}

function fromStat(pid: number, boot: string): ProcessEntry | undefined {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The program's name stands in brackets and may itself hold brackets and spaces.
  const [state, , group, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { pid, group: Number(group), birth: `${boot}.${rest[16]}`, ...conditionIn(state) };
}

/** By the letter that the kernel gives a process; `t` is one that a debugger holds. */
const conditionIn = (state = ''): Pick<ProcessEntry, 'ended' | 'stopped'> => ({
  ended: /^[ZX]/.test(state),
  stopped: /^[Tt]/.test(state),
});

function bootId(): string {
  return read('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
}

/** The same table as `ps` prints it, for systems without /proc; exported so that its test runs everywhere. */
export function fromPs(): ProcessEntry[] {
  // The start is printed as a local date, so language and time zone must not change between two readings.
  const listing = execFileSync('ps', ['-A', '-o', 'pid=', '-o', 'pgid=', '-o', 'stat=', '-o', 'lstart='], {
    env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC0' },
    encoding: 'utf8',
  });
  return listing.split('\n').flatMap((line) => {
    const [, pid, group, state, birth] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*\S)\s*$/.exec(line) ?? [];
    if (state === undefined || birth === undefined) return [];
    return { pid: Number(pid), group: Number(group), birth, ...conditionIn(state) };
  });
}

/** A process may end while it is looked at, and others' may not be looked at: both read as nothing. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // Any other trouble must not pass for a dead process: its owner's files would be swept.
    if (UNSEEN.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
