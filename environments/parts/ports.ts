import { createServer, type Server } from 'node:net';
import { EnvironmentError } from '../../harness/errors.ts';

/** The address everything of ours listens on. */
export const LOOPBACK = '127.0.0.1';

/** Another loopback address, for what must be told apart by where it is reached. */
export const loopbackOf = (index: number): string => `127.0.0.${index + 2}`;

/** Ports that nobody else of ours will be given while this is held. */
export interface PortReserve extends AsyncDisposable {
  /** A port that is free now and is never given out twice. */
  take(): Promise<number>;
}

// Below 32768, where outgoing connections take theirs: a restart must find its port again.
const FIRST = 20_000;
const BLOCK = 50;
const BLOCKS = 240;

/**
 * Reserves ports in blocks. The first port of a block is its guard: whoever listens there owns the block. The kernel
 * grants that to one process on the machine and takes it back however the process ends, so no lock can be stale.
 */
export async function reservePorts(): Promise<PortReserve> {
  const guards = [await nextGuard()];
  let given = 0;
  return {
    async take() {
      for (;;) {
        const guard = guards.at(-1)?.port ?? 0;
        given += 1;
        if (given >= BLOCK) {
          guards.push(await nextGuard());
          given = 0;
          continue;
        }
        // Fixed before anything is awaited: others may be taking theirs meanwhile.
        const port = guard + given;
        if (await isFree(port)) return port;
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(guards.map(({ server }) => server[Symbol.asyncDispose]()));
    },
  };
}

async function nextGuard(): Promise<{ port: number; server: Server }> {
  for (let step = 0; step < BLOCKS; step += 1) {
    // Starting at our own place spares runs side by side from asking for the same blocks.
    const port = FIRST + ((process.pid + step) % BLOCKS) * BLOCK;
    const server = createServer((visitor) => visitor.destroy()).unref();
    if (await hold(server, port)) return { port, server };
  }
  const range = `${FIRST} to ${FIRST + BLOCKS * BLOCK - 1}`;
  throw new EnvironmentError(`No block of ports is free on ${LOOPBACK} from ${range}; end other runs first`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  if (!(await hold(server, port))) return false;
  await server[Symbol.asyncDispose]();
  return true;
}

async function hold(server: Server, port: number): Promise<boolean> {
  try {
    await listenOn(server, LOOPBACK, port);
    return true;
  } catch (error) {
    if (error instanceof PortTaken) return false;
    throw error;
  }
}

/** Throws when something listens on a port that a user chose. */
export async function assertFree(host: string, port: number): Promise<void> {
  const server = createServer();
  await listenOn(server, host, port);
  await server[Symbol.asyncDispose]();
}

class PortTaken extends EnvironmentError {}

/** Listens, or says in a user's words why not. */
export async function listenOn(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((listening, failed) => {
    const refuse = (cause: NodeJS.ErrnoException): void => {
      failed(refusal(host, port, cause));
    };
    server.once('error', refuse);
    server.listen({ host, port }, () => {
      server.off('error', refuse);
      listening();
    });
  });
}

function refusal(host: string, port: number, cause: NodeJS.ErrnoException): EnvironmentError {
  if (cause.code === 'EADDRINUSE') {
    return new PortTaken(`Port ${port} on ${host} is in use; stop what listens there or choose another port`);
  }
  // Linux has every loopback address, macOS only the first.
  const remedy =
    cause.code === 'EADDRNOTAVAIL' ? `sudo ifconfig lo0 alias ${host}` : 'choose another address';
  return new EnvironmentError(`Cannot listen on port ${port} of ${host}; ${remedy}`, { cause });
}
