import { locateProgram } from '../program.ts';
import { startBuiltIn } from './built-in.ts';
import type { FaultProxyServer } from './server.ts';
import { startToxiproxy, type ToxiproxyPlan } from './toxiproxy.ts';

/** What to start. The seed decides what the built-in server leaves to chance; the other takes none. */
export interface FaultProxyPlan extends Omit<ToxiproxyPlan, 'program'> {
  readonly seed?: number;
}

/**
 * Starts Toxiproxy's own server where one is on the PATH, and the built-in one elsewhere. KEYDRILL_TOXIPROXY says which:
 * `built-in`, or a program.
 */
export async function startFaultProxy(plan: FaultProxyPlan): Promise<FaultProxyServer> {
  const program = chosenProgram(process.env['KEYDRILL_TOXIPROXY'] ?? '');
  return program === undefined ? startBuiltIn(plan) : startToxiproxy({ ...plan, program });
}

function chosenProgram(choice: string): string | undefined {
  if (choice === 'built-in') return undefined;
  if (choice === '') return toxiproxyOnPath();
  return locate(choice, 'correct KEYDRILL_TOXIPROXY, or set it to built-in');
}

export function toxiproxyOnPath(): string | undefined {
  try {
    return locate('toxiproxy-server');
  } catch {
    return undefined;
  }
}

const locate = (command: string, remedy?: string): string =>
  locateProgram({
    name: 'Toxiproxy',
    command,
    cwd: process.cwd(),
    searchPath: process.env['PATH'] ?? '',
    remedy,
  });
