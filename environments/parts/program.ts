import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { EnvironmentError } from '../../harness/errors.ts';

/** What to look for: a full path, a path from `cwd`, or a name on the search path; and what to do when it is missing. */
export interface Wanted {
  readonly name: string;
  readonly command: string;
  readonly cwd: string;
  readonly searchPath: string;
  readonly remedy?: string | undefined;
}

/** The full path of a program that can be run. */
export function locateProgram({ name, command, cwd, searchPath, remedy }: Wanted): string {
  const byPath = command.includes('/');
  const places = byPath
    ? [resolve(cwd, command)]
    : searchPath.split(delimiter).map((folder) => resolve(cwd, join(folder, command)));
  const files = places.filter((place) => isFile(place));
  const program = files.find((place) => runnable(place));
  if (program !== undefined) return program;

  const fail = (what: string, usual: string): EnvironmentError =>
    new EnvironmentError(`Cannot start ${name}: ${what}; ${remedy ?? usual}`);
  if (files[0] !== undefined) throw fail(`${files[0]} is not executable`, 'run chmod +x on it');
  if (byPath) throw fail(`${places[0]} is not a file`, 'correct the path');
  throw fail(`${command} is not on the PATH`, 'install it or give its full path');
}

/** A folder on the search path need not exist, nor be ours to enter. */
function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function runnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
