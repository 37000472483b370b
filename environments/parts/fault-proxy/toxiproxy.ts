import { EnvironmentError } from '../../../harness/errors.ts';
import { startChild } from '../child.ts';
import type { Journal } from '../journal.ts';
import { assertFree, LOOPBACK } from '../ports.ts';
import { untilReady } from '../until-ready.ts';
import { ask } from './ask.ts';
import type { FaultProxyServer } from './server.ts';

/** What to start. The port comes from a reserve. */
export interface ToxiproxyPlan {
  readonly program: string;
  readonly journal: Journal;
  readonly port: number;
  readonly signal?: AbortSignal | undefined;
}

const READY_MS = 10_000;

/** Starts Shopify's own server and waits until it serves. */
export async function startToxiproxy(plan: ToxiproxyPlan): Promise<FaultProxyServer> {
  const { program, journal, port, signal } = plan;
  const at = { host: LOOPBACK, port };
  await assertFree(at.host, port);
  await using started = new AsyncDisposableStack();
  const child = started.use(
    await startChild({
      name: 'toxiproxy-server',
      command: program,
      args: ['-proxy-metrics', '-host', at.host, '-port', String(port)],
      // Otherwise it tells of every connection it accepts.
      env: { LOG_LEVEL: 'error' },
      cwd: journal.workDirectory,
      journal,
      signal,
    }),
  );
  let version = '';
  await untilReady(
    child,
    async (over) => {
      version = await askVersion(`http://${at.host}:${port}/version`, over);
      return version !== '';
    },
    { deadlineMs: READY_MS, redact: (text) => text, signal },
  );
  // Built by hand it does not know its version.
  if (!/^(v?2\.|git$)/.test(version))
    throw new EnvironmentError(
      `${program} is Toxiproxy ${version}; name one of version 2 in KEYDRILL_TOXIPROXY, or set it to built-in`,
    );
  const running = started.move();
  return { at, name: `Toxiproxy ${version}`, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Empty while nobody answers. */
async function askVersion(url: string, signal: AbortSignal): Promise<string> {
  try {
    const { version } = JSON.parse(await ask(url, { signal })) as { version?: unknown };
    return typeof version === 'string' ? version : '';
  } catch {
    return '';
  }
}
