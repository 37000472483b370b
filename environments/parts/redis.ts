import { mkdirSync, realpathSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type Child, startChild } from './child.ts';
import type { Journal } from './journal.ts';
import { assertFree, LOOPBACK } from './ports.ts';
import type { Endpoint } from './splice.ts';
import { type Readiness, untilReady } from './until-ready.ts';

/** A real Redis of our own: nothing of it outlives the run, and it keeps nothing on disk. */
export interface RedisServer extends AsyncDisposable {
  readonly at: Endpoint;
  /** The one that runs now, or that ran last. */
  readonly child: Child;
  /** For the harness's own looking: connects at the first command, and fails one that cannot be answered now. */
  readonly look: Redis;
  /** Starts one that has ended anew, with nothing of what it held or was told, and waits until `look` is answered. */
  start(signal: AbortSignal): Promise<void>;
}

/** What to start. The port comes from a reserve. */
export interface RedisPlan {
  readonly journal: Journal;
  readonly port: number;
  /** The addresses to listen on, our own look's first. */
  readonly hosts?: readonly string[];
  /** The database that `look` selects. */
  readonly database?: number;
  readonly signal?: AbortSignal | undefined;
}

const READY_MS = 10_000;
const LOOK_MS = 2_000;

/** Starts redis-server from the PATH, or the one that KEYDRILL_REDIS_SERVER names, and waits until it serves. */
export async function startRedis({
  journal,
  port,
  hosts = [LOOPBACK],
  database = 0,
  signal,
}: RedisPlan): Promise<RedisServer> {
  const at = { host: LOOPBACK, port };
  const begin = async (over: AbortSignal | undefined): Promise<Child> => {
    for (const host of hosts) await assertFree(host, port);
    const folder = ownFolder(journal, port);
    await using starting = new AsyncDisposableStack();
    const begun = starting.use(
      await startChild({
        name: 'redis-server',
        command: process.env['KEYDRILL_REDIS_SERVER'] || 'redis-server',
        args: configuration(port, hosts, folder),
        cwd: folder,
        journal,
        remedy: 'apt-get install redis-server, or brew install redis, or name one in KEYDRILL_REDIS_SERVER',
        signal: over,
      }),
    );
    await untilReady(begun, (late) => serves(at, folder, late), readiness(over));
    starting.move();
    return begun;
  };
  let child = await begin(signal);
  const look = new Redis({
    ...at,
    db: database,
    lazyConnect: true,
    protocol: 2,
    commandTimeout: LOOK_MS,
    // An answer after a reconnection would be about another moment than the one that was asked about.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: () => 20,
  });
  // Each command's own failure says enough; the faults we inject would fill a log with the rest.
  look.on('error', () => undefined);

  const answered = (): Promise<boolean> =>
    look.ping().then(
      () => true,
      () => false,
    );
  const gone = new AbortController();
  let starting: Promise<unknown> = Promise.resolve();
  const restart = async (over: AbortSignal): Promise<void> => {
    child = await begin(over);
    await untilReady(child, answered, readiness(over));
  };
  return {
    at,
    get child() {
      return child;
    },
    look,
    start(over) {
      const restarted = restart(AbortSignal.any([over, gone.signal]));
      starting = restarted.catch(() => undefined);
      return restarted;
    },
    async [Symbol.asyncDispose]() {
      // A start that is under way could leave a process behind our back.
      gone.abort();
      await starting;
      look.disconnect();
      await child.stop();
    },
  };
}

const readiness = (signal: AbortSignal | undefined): Readiness => ({
  deadlineMs: READY_MS,
  redact: (text) => text,
  signal,
});

/** By its real path, which is how Redis tells it. */
function ownFolder(journal: Journal, port: number): string {
  const folder = join(journal.workDirectory, `redis-${port}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return realpathSync(folder);
}

function configuration(port: number, hosts: readonly string[], folder: string): string[] {
  const settings = {
    port: String(port),
    bind: hosts,
    'protected-mode': 'yes',
    daemonize: 'no',
    save: '',
    appendonly: 'no',
    dir: folder,
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, ...[value].flat()]);
}

/** Asks for its folder as well, since another Redis on the port would answer just as readily. */
async function serves(at: Endpoint, folder: string, over: AbortSignal): Promise<boolean> {
  return new Promise((answered) => {
    let reply = '';
    const socket = connect({ ...at, signal: over });
    socket.setEncoding('utf8').on('data', (text) => {
      reply += text;
      if (reply.includes('+PONG')) socket.end();
    });
    socket.on('error', () => answered(false));
    socket.on('close', () => answered(reply.includes(`\r\n${folder}\r\n+PONG`)));
    socket.write('CONFIG GET dir\r\nPING\r\n');
  });
}
