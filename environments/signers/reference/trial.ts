import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, request as httpsRequest } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SIGNER = join(import.meta.dirname, 'signer.ts');

/** The path that the contract names. */
export const SIGN_PATH = '/v1/sign/session-transaction';

/** A body that the schema admits. */
export const GOOD_BODY = JSON.stringify({
  accountAddress: '0xabc',
  keyId: 'key-1',
  chainId: '0x534e5f5345504f4c4941',
  nonce: '0x1',
  validUntil: 1_900_000_000,
  calls: [{ contractAddress: '0xdef', entrypoint: 'transfer', calldata: ['0x1', '0x2'] }],
  context: {
    requester: 'r',
    tool: 't',
    reason: 'why',
    actor: 'a',
    requestId: 'request-1',
    traceId: 'trace-1',
  },
});

// Parsed, because a literal would take the name as the prototype.
const CLIENTS: unknown = JSON.parse(`{
  "alice": { "hmacSecrets": ["current", "next"] },
  "bob": { "hmacSecrets": ["current"] },
  "__proto__": { "hmacSecrets": ["proto"] }
}`);

/** A directory that is gone at the end of the scope. */
export async function scratch(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'reference-signer-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A port below those that outgoing connections take. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + (randomBytes(2).readUInt16BE() % 12_000);
    const probe = createServer();
    probe.listen(port, '127.0.0.1');
    const isFree = await once(probe, 'listening').then(
      () => true,
      () => false,
    );
    probe.close();
    if (isFree) return port;
  }
}

/** A Redis server of our own that keeps nothing. */
export async function startRedis(
  port: number,
): Promise<AsyncDisposable & { readonly process: ChildProcess }> {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    output += String(chunk);
    if (output.includes('Ready to accept connections')) break;
  }
  child.stdout.resume();
  return { process: child, [Symbol.asyncDispose]: () => ended(child, 'SIGKILL') };
}

/** A certificate with its key, as PEM and as the files that hold them. */
export interface Identity {
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

/** Makes a certificate: signed by `issuer`, or by itself without one. */
export async function issue(
  directory: string,
  name: string,
  issuer?: Identity,
  { commonName = name, purpose }: { commonName?: string; purpose?: string } = {},
): Promise<Identity> {
  const certificateFile = join(directory, `${name}.pem`);
  const keyFile = join(directory, `${name}.key`);
  const configFile = join(directory, `${name}.cnf`);
  await writeFile(configFile, '[req]\ndistinguished_name = dn\n[dn]\n');
  const options = [
    `-config ${configFile} -subj /CN=${commonName} -days 2 -nodes -out ${certificateFile} -keyout ${keyFile}`,
    '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -addext subjectAltName=IP:127.0.0.1',
    `-addext basicConstraints=critical,CA:${issuer ? 'FALSE' : 'TRUE'}`,
    issuer ? `-CA ${issuer.certificateFile} -CAkey ${issuer.keyFile}` : '',
    purpose ? `-addext extendedKeyUsage=${purpose}` : '',
  ];
  await run('openssl', ['req', '-x509', ...options.join(' ').trim().split(/ +/)]);
  const [cert, key] = await Promise.all([readFile(certificateFile, 'utf8'), readFile(keyFile, 'utf8')]);
  return { certificateFile, keyFile, cert, key };
}

/** A running signer with what it has logged. */
interface Running extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly port: number;
  readonly lines: readonly string[];
  /** Resolves with the first line from `from` on whose event begins with these letters. */
  logged(event: string, from?: number): Promise<string>;
}

/** Starts the program as a user does and waits until it listens. */
async function startSigner(configFile: string, port: number): Promise<Running> {
  const child = spawnSigner(configFile);
  const lines: string[] = [];
  let rest = '';
  child.stdout?.on('data', (chunk) => {
    const parts = `${rest}${String(chunk)}`.split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
  });
  const logged = async (event: string, from = 0): Promise<string> => {
    const deadline = performance.now() + 5000;
    for (;;) {
      const line = lines.slice(from).find((each) => each.includes(`"event":"${event}`));
      if (line !== undefined) return line;
      if (child.exitCode !== null) throw new Error(`Signer exited ${child.exitCode} before "${event}"`);
      if (performance.now() > deadline) throw new Error(`Signer did not log "${event}" within 5 s`);
      await pause(5);
    }
  };
  await logged('listening');
  return { process: child, port, lines, logged, [Symbol.asyncDispose]: () => ended(child, 'SIGTERM') };
}

/** The bare process, for those who want to see it fail. */
export function spawnSigner(configFile: string): ChildProcess {
  const env = { PATH: process.env.PATH, NODE_COMPILE_CACHE: join(dirname(configFile), 'compiled') };
  return spawn(process.execPath, [SIGNER, '--config', configFile], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  const insist = setTimeout(() => child.kill('SIGKILL'), 2000);
  await exit;
  clearTimeout(insist);
}

/** How a request departs from a good one. Headers replace what signing produced; `null` leaves one out. */
export interface Deviation {
  readonly clientId?: string;
  readonly secret?: string;
  readonly skewMs?: number;
  readonly nonce?: string;
  readonly method?: string;
  readonly path?: string;
  readonly signedPath?: string;
  readonly body?: string | Buffer;
  readonly signedBody?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly identity?: Pick<Identity, 'cert' | 'key'> | null;
  /** The server certificate that is expected. */
  readonly trusts?: Identity;
  readonly session?: Buffer;
  readonly agent?: Agent;
  readonly chunked?: boolean;
  readonly writeSignature?: (hex: string) => string;
}

/** What came back. */
interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Readonly<Record<string, unknown>>;
  readonly wasResumed: boolean;
  readonly socket: TLSSocket;
}

/** Sends one request, good but for the deviation. */
export type Send = (deviation?: Deviation) => Promise<Reply>;

/** A client of one signer, whose every request is good but for what the caller changes. */
export function clientOf(port: number, server: Identity, usual: Pick<Identity, 'cert' | 'key'>): Send {
  return async (deviation = {}) => {
    const { method = 'POST', path = SIGN_PATH, body = GOOD_BODY, agent } = deviation;
    const identity = deviation.identity === undefined ? usual : deviation.identity;
    const headers = { ...signedHeaders(deviation), ...deviation.headers };
    const sent = Object.entries(headers).filter(([, value]) => value !== null);
    const { session } = deviation;
    const request = httpsRequest({
      host: '127.0.0.1',
      port,
      method,
      path,
      ca: (deviation.trusts ?? server).cert,
      ...identity,
      agent: agent ?? new Agent({ keepAlive: false, maxCachedSessions: 0 }),
      ...(session && { session }),
      headers: {
        ...(deviation.chunked
          ? { 'transfer-encoding': 'chunked' }
          : { 'content-length': Buffer.byteLength(body) }),
        ...(Object.fromEntries(sent) as Record<string, string>),
      },
    });
    // A string would be sent together with the headers and draw them into its encoding.
    request.end(Buffer.from(body));
    const [response] = await once(request, 'response');
    const socket: TLSSocket = response.socket;
    const wasResumed = socket.isSessionReused();
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const { statusCode: status, headers: received } = response;
    return { status, headers: received, body: text === '' ? {} : JSON.parse(text), wasResumed, socket };
  };
}

/** The four headers of the contract, by a second reading of its text. */
export function signedHeaders(deviation: Deviation): Record<string, string> {
  const timestamp = String(Date.now() + (deviation.skewMs ?? 0));
  const nonce = deviation.nonce ?? randomBytes(16).toString('hex');
  const body = deviation.signedBody ?? deviation.body ?? GOOD_BODY;
  const target = deviation.signedPath ?? deviation.path ?? SIGN_PATH;
  const digest = createHash('sha256').update(body).digest('hex');
  const text = [timestamp, nonce, deviation.method ?? 'POST', target, digest].join('.');
  const signature = createHmac('sha256', deviation.secret ?? 'current')
    .update(text)
    .digest('hex');
  return {
    'X-Keyring-Client-Id': deviation.clientId ?? 'alice',
    'X-Keyring-Timestamp': timestamp,
    'X-Keyring-Nonce': Buffer.from(nonce).toString('latin1'),
    'X-Keyring-Signature': deviation.writeSignature?.(signature) ?? signature,
  };
}

/** The verdict in short: the status, and the code where there is one. */
export function verdict({ status, body }: Reply): string {
  return typeof body.errorCode === 'string' ? `${status} ${body.errorCode}` : String(status);
}

/** What every test of the running program needs: certificates, a store and a place for files. */
export interface Trial extends AsyncDisposable {
  readonly ids: Record<'ca' | 'nextCa' | 'server' | 'client' | 'nextClient' | 'selfSigned', Identity>;
  readonly storePort: number;
  /** A directory that is gone at the end, with all certificates in it. */
  readonly directory: string;
  /** Writes a configuration that departs from the usual one, on a port of its own, to a file of its own. */
  configure(changed?: object, file?: string): Promise<Configured>;
  /** Starts a signer on such a configuration; the caller ends it. */
  start(changed?: object, file?: string): Promise<Started>;
}

/** A configuration and its file. */
export interface Configured {
  readonly configFile: string;
  readonly config: { readonly listen: { readonly port: number } };
}

/** A signer of a trial, with the file that configures it. */
export interface Started extends Running, Configured {
  readonly send: Send;
}

/** Prepares a trial, whose store and files end with it. */
export async function prepareTrial(): Promise<Trial> {
  await using preparing = new AsyncDisposableStack();
  const { path } = preparing.use(await scratch());
  const storePort = await freePort();
  preparing.use(await startRedis(storePort));
  const [ca, nextCa, server, selfSigned] = await Promise.all([
    issue(path, 'ca'),
    issue(path, 'next-ca'),
    issue(path, 'server'),
    issue(path, 'self-signed'),
  ]);
  const [client, nextClient] = await Promise.all([
    issue(path, 'client', ca),
    issue(path, 'next-client', nextCa),
  ]);
  const owned = preparing.move();

  const configure = async (changed: object = {}, file?: string): Promise<Configured> => {
    const port = await freePort();
    const configFile = file ?? join(path, `config-${port}.json`);
    const config = {
      replica: 'replica-1',
      listen: { host: '127.0.0.1', port },
      tls: { certificateFile: 'server.pem', keyFile: 'server.key', clientCaFile: 'ca.pem' },
      requireMtls: true,
      timestampMaxAgeMs: 60_000,
      nonceTtlSeconds: 120,
      clients: CLIENTS,
      replayStore: { host: '127.0.0.1', port: storePort, database: 3, keyPrefix: `${port}:`, timeoutMs: 400 },
      reload: 'signal',
      ...changed,
    };
    await writeFile(configFile, JSON.stringify(config));
    return { configFile, config };
  };
  const start = async (changed: object = {}, file?: string): Promise<Started> => {
    const { configFile, config } = await configure(changed, file);
    const { port } = config.listen;
    const running = await startSigner(configFile, port);
    await running.logged('store-');
    return Object.assign(running, { configFile, config, send: clientOf(port, server, client) });
  };
  const ids = { ca, nextCa, server, client, nextClient, selfSigned };
  return {
    ids,
    storePort,
    directory: path,
    configure,
    start,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
