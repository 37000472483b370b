import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { locateProgram } from '../program.ts';
import { openJournal } from '../journal.ts';
import { type PortReserve, reservePorts } from '../ports.ts';
import { startBuiltIn } from './built-in.ts';
import { VERSION } from './routes.ts';
import type { FaultProxyServer } from './server.ts';
import { startToxiproxy } from './toxiproxy.ts';

/** The two that must not be told apart. */
export interface BothServers extends AsyncDisposable {
  readonly real: FaultProxyServer;
  readonly builtIn: FaultProxyServer;
  readonly ports: PortReserve;
}

const REMEDY = `the built-in fault proxy is only as good as its comparison with Toxiproxy ${VERSION}: install Go and run npm run setup, or put that toxiproxy-server on the PATH`;

/** Starts both, or fails: without the real one nothing would be proved. */
export async function startBoth(): Promise<BothServers> {
  const program = locateProgram({
    name: 'Toxiproxy',
    command: 'toxiproxy-server',
    cwd: '/',
    searchPath: process.env['PATH'] ?? '',
    remedy: REMEDY,
  });
  await using started = new AsyncDisposableStack();
  const home = mkdtempSync(join(tmpdir(), 'keydrill-test-'));
  started.defer(() => rmSync(home, { recursive: true, force: true }));
  const journal = started.use(openJournal({ KEYDRILL_STATE: join(home, 'state') }));
  const ports = started.use(await reservePorts());
  const real = started.use(await startToxiproxy({ program, journal, port: await ports.take() }));
  if (real.name !== `Toxiproxy ${VERSION}`) throw new Error(`${program} is ${real.name}; ${REMEDY}`);
  const builtIn = started.use(await startBuiltIn({ port: 0 }));
  const running = started.move();
  return { real, builtIn, ports, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
