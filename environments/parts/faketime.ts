import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { EnvironmentError } from '../../harness/errors.ts';
import type { Launch } from '../../harness/signer/launch.ts';
import type { Journal } from './journal.ts';
import { livingIn } from './process-table.ts';

/** Debian's place first, by kind of machine; then those of other distributions, and of one built by hand. */
const PLACES = ['/usr/lib/*', '/usr/lib', '/usr/lib64', '/usr/local/lib'].map(
  (folder) => `${folder}/faketime/libfaketime.so.1`,
);

/** The library that puts another clock before a process; KEYDRILL_LIBFAKETIME names one. */
export function findFaketime(variables: NodeJS.ProcessEnv = process.env): string | undefined {
  const chosen = variables['KEYDRILL_LIBFAKETIME'];
  if (chosen) return existsSync(chosen) ? chosen : undefined;
  return globSync(PLACES)[0];
}

/** Why there is no other clock, and what to do about it. */
export const NO_FAKETIME =
  'libfaketime is not here, which would put another clock before a signer; apt-get install faketime, or name it in ' +
  'KEYDRILL_LIBFAKETIME';

/**
 * The same launch with a wall clock that is off by so much. `env` gives the library its variables: nothing of ours that
 * runs before the signer may see them.
 */
export function withClock(launch: Launch, offsetMs: number): Launch {
  const library = findFaketime();
  if (library === undefined) throw new EnvironmentError(NO_FAKETIME);
  const seconds = `${offsetMs < 0 ? '-' : '+'}${(Math.abs(offsetMs) / 1000).toFixed(3)}`;
  // What is measured and waited for must take as long as it takes; the first is how older versions call it.
  const monotonic = ['DONT_FAKE_MONOTONIC=1', 'FAKETIME_DONT_FAKE_MONOTONIC=1'];
  return {
    ...launch,
    command: 'env',
    args: [`LD_PRELOAD=${library}`, `FAKETIME=${seconds}`, ...monotonic, launch.command, ...launch.args],
  };
}

/** What the library shares between a process and its children, and leaves behind when the process is killed. */
export const recordingShared = (journal: Journal): Journal => ({
  ...journal,
  spawned(name, pid) {
    journal.willMake(`/dev/shm/faketime_shm_${pid}`);
    journal.willMake(`/dev/shm/sem.faketime_sem_${pid}`);
    journal.spawned(name, pid);
  },
});

/** Whether every process of a group has the library loaded and was told of another time, as the kernel lists it. */
export function runsByOtherClock(leader: number): { so: boolean; evidence: string } {
  const seen = livingIn(leader).map(({ pid }) => {
    const told = read(`/proc/${pid}/environ`)
      .split('\0')
      .find((variable) => variable.startsWith('FAKETIME='));
    const library = read(`/proc/${pid}/maps`)
      .split(/\s+/)
      .find((word) => /^libfaketime[^/]*\.so/.test(basename(word)));
    return { so: told !== undefined && library !== undefined, words: inWords(pid, told, library) };
  });
  if (seen.length === 0) return { so: false, evidence: `process ${leader} has ended` };
  return { so: seen.every(({ so }) => so), evidence: seen.map(({ words }) => words).join('; ') };
}

function inWords(pid: number, told: string | undefined, library: string | undefined): string {
  if (told === undefined) return `process ${pid} was started without FAKETIME`;
  if (library !== undefined) return `process ${pid} was started with ${told} and has ${library} loaded`;
  return `process ${pid} was started with ${told} but has not loaded libfaketime, as one that is linked statically would not`;
}

/** Empty where it cannot be read, for example because the process has just ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
