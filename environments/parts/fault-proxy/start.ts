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
  const chosen = process.env['KEYDRILL_TOXIPROXY'] || onPath() || BUILT_IN;
  return chosen === BUILT_IN ? startBuiltIn(plan) : startToxiproxy({ ...plan, program: chosen });
}

const BUILT_IN = 'built-in';

function onPath(): string | undefined {
  try {
    return locateProgram({
      name: 'Toxiproxy',
      command: 'toxiproxy-server',
      cwd: '/',
      searchPath: process.env['PATH'] ?? '',
    });
  } catch {
    return undefined;
  }
}
