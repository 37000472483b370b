import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openJournal } from '../journal.ts';
import { type PortReserve, reservePorts } from '../ports.ts';
import { startBuiltIn } from './built-in.ts';
import { VERSION } from './routes.ts';
import type { FaultProxyServer } from './server.ts';
import { toxiproxyOnPath } from './start.ts';
import { startToxiproxy } from './toxiproxy.ts';

/** The two that must not be told apart. */
export interface BothServers extends AsyncDisposable {
  /** Undefined where there is no program of it: then nothing is compared. */
  readonly real: FaultProxyServer | undefined;
  readonly builtIn: FaultProxyServer;
  readonly ports: PortReserve;
}

const REMEDY = `install Go and run npm run setup, or put toxiproxy-server ${VERSION} on the PATH`;

/** What every test says of itself that cannot compare. */
export const UNCOMPARED = `The built-in fault proxy was NOT COMPARED with Toxiproxy's own server, which is not here; ${REMEDY}`;

/** Starts both, or says aloud that only one of them is here. */
export async function startBoth(): Promise<BothServers> {
  await using started = new AsyncDisposableStack();
  const home = mkdtempSync(join(tmpdir(), 'keydrill-test-'));
  started.defer(() => rmSync(home, { recursive: true, force: true }));
  const journal = started.use(openJournal({ KEYDRILL_STATE: join(home, 'state') }));
  const ports = started.use(await reservePorts());
  const builtIn = started.use(await startBuiltIn({ port: 0 }));
  const program = toxiproxyOnPath();
  let real: FaultProxyServer | undefined;
  if (program === undefined) process.stderr.write(`\n${UNCOMPARED}\n\n`);
  else {
    real = started.use(await startToxiproxy({ program, journal, port: await ports.take() }));
    if (real.name !== `Toxiproxy ${VERSION}`) throw new Error(`${program} is ${real.name}; ${REMEDY}`);
  }
  const running = started.move();
  return { real, builtIn, ports, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
