import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Child, startChild } from '../../environments/parts/child.ts';
import type { Journal } from '../../environments/parts/journal.ts';
import { knock } from '../../environments/parts/knock.ts';
import { LOOPBACK } from '../../environments/parts/ports.ts';
import { untilReady } from '../../environments/parts/until-ready.ts';
import type { Address } from '../../harness/run/environment.ts';
import type { Identity, TrustAnchor } from '../../harness/signer/desired-state.ts';

/** A TLS server that asks for client certificates and answers every request itself, faster than anybody can ask. */
export interface Target extends AsyncDisposable {
  readonly at: Address;
  readonly child: Child;
}

export async function startTarget(wish: {
  journal: Journal;
  port: number;
  server: Identity;
  clientTrust: TrustAnchor;
}): Promise<Target> {
  const { journal, port, server, clientTrust } = wish;
  const folder = journal.workDirectory;
  const [settings, identity, trusted] = ['haproxy.cfg', 'server.pem', 'trusted.pem'].map((name) =>
    join(folder, name),
  );
  await writeFile(identity!, `${server.chain}\n${server.key.reveal()}`, { mode: 0o600 });
  await writeFile(trusted!, clientTrust.certificate, { mode: 0o600 });
  await writeFile(settings!, configuration({ port, identity: identity!, trusted: trusted! }), {
    mode: 0o600,
  });
  const child = await startChild({
    name: 'haproxy',
    command: 'haproxy',
    args: ['-db', '-f', settings!],
    cwd: folder,
    env: { PATH: `${process.env['PATH']}:/usr/sbin` },
    journal,
    remedy: 'apt-get install haproxy',
  });
  const at = { host: LOOPBACK, port };
  try {
    await untilReady(child, () => knock(at), { deadlineMs: READY_MS, redact: (text) => text });
  } catch (error) {
    await child.stop();
    throw error;
  }
  return { at, child, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
}

const READY_MS = 10_000;

// One thread: the other processor is for whoever asks.
const configuration = (files: { port: number; identity: string; trusted: string }): string => `
global
  nbthread 1
  maxconn 2000
defaults
  mode http
  timeout client 30s
  timeout http-request 30s
frontend target
  bind ${LOOPBACK}:${files.port} ssl crt ${files.identity} ca-file ${files.trusted} verify required
  option http-buffer-request
  http-request return status 200 content-type application/json string '{"ok":true}'
`;
