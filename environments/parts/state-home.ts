import { existsSync, lstatSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { EnvironmentError } from '../../harness/errors.ts';
import { makeFolder } from './folder.ts';

/** The folder in which runs keep what a later run may have to undo: ours alone, made when it is missing. */
export function stateHome(variables: NodeJS.ProcessEnv = process.env): string {
  const home = made(variables);
  const found = lstatSync(home);
  if (!found.isDirectory()) throw unfit(home, 'is not a directory', 'remove it');
  if (found.uid !== user()) throw unfit(home, `belongs to user ${found.uid}`, 'take it over with chown');
  if ((found.mode & 0o022) !== 0) throw unfit(home, 'is writable by others', 'run chmod go-w on it');
  return home;
}

function made(variables: NodeJS.ProcessEnv): string {
  const chosen = variables['KEYDRILL_STATE'];
  if (chosen) {
    if (!isAbsolute(chosen)) throw unfit(chosen, 'is a relative path', 'make it absolute');
    make(chosen);
    return chosen;
  }
  try {
    const usual = join(usualParent(variables), 'keydrill');
    make(usual);
    return usual;
  } catch {
    // Service accounts and containers often have no home that can be written.
    const last = join(tmpdir(), `keydrill-${user()}`);
    make(last);
    return last;
  }
}

function usualParent(variables: NodeJS.ProcessEnv): string {
  const xdg = variables['XDG_STATE_HOME'];
  // The XDG specification tells programs to ignore a relative path.
  return xdg && isAbsolute(xdg) ? xdg : join(variables['HOME'] || homedir(), '.local', 'state');
}

function make(home: string): void {
  try {
    makeFolder(home);
  } catch (error) {
    // What stands there is looked at by the caller, who has better words for it.
    if (existsSync(home)) return;
    throw new EnvironmentError(
      `Cannot make the state folder ${home}; set KEYDRILL_STATE to a folder that can be written`,
      {
        cause: error,
      },
    );
  }
}

/** Asked of the kernel: a container's user need not be in any user list. */
const user = (): number => process.getuid?.() ?? 0;

function unfit(home: string, what: string, remedy: string): EnvironmentError {
  return new EnvironmentError(
    `State folder ${home} ${what}; ${remedy} or set KEYDRILL_STATE to another folder`,
  );
}
