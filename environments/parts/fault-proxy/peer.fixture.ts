import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { monotonicMs, pause } from '../../../harness/clock.ts';
import { listenOn, LOOPBACK } from '../ports.ts';

/** How a connection ended for the one who looks: by an end of what is sent, or by a reset. */
export type End = 'fin' | 'reset';

/** One end of a connection, and all that can be seen from there. */
export class Peer {
  readonly socket: Socket;
  readonly end: Promise<End>;
  /** Everything heard so far, piece by piece. */
  readonly pieces: Buffer[] = [];
  readonly #heard = new Set<() => void>();

  constructor(socket: Socket) {
    this.socket = socket;
    this.end = new Promise((ended) => {
      socket.once('end', () => ended('fin'));
      socket.once('error', () => ended('reset'));
    });
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      this.pieces.push(bytes);
      for (const heard of this.#heard) heard();
    });
  }

  get bytes(): number {
    return this.pieces.reduce((sum, piece) => sum + piece.length, 0);
  }

  get text(): string {
    return Buffer.concat(this.pieces).toString('latin1');
  }

  say(text: string | Buffer): this {
    this.socket.write(text);
    return this;
  }

  /** Settles when nobody takes any more of what is said. */
  async saysInVain(): Promise<void> {
    while (!(await new Promise((said) => void this.socket.write('x', said)))) await pause(5);
  }

  /** Settles when so many bytes were heard in all. */
  hears(bytes: number): Promise<void> {
    return new Promise((heard) => {
      const look = (): void => {
        if (this.bytes < bytes) return;
        this.#heard.delete(look);
        heard();
      };
      this.#heard.add(look);
      look();
    });
  }
}

/** Where proxies lead to. */
export interface Upstream extends AsyncDisposable {
  readonly address: string;
  /** The connections in the order in which they came. */
  next(): Promise<Peer>;
}

const PEER = { allowHalfOpen: true, noDelay: true } as const;

export async function listen(): Promise<Upstream> {
  const arrived: Peer[] = [];
  const waiting: ((peer: Peer) => void)[] = [];
  const all = new Set<Socket>();
  const server = createServer(PEER, (socket) => {
    all.add(socket);
    const peer = new Peer(socket);
    const first = waiting.shift();
    if (first) first(peer);
    else arrived.push(peer);
  });
  await listenOn(server, LOOPBACK, 0);
  const { port } = server.address() as { port: number };
  return {
    address: `${LOOPBACK}:${port}`,
    next: () => {
      const peer = arrived.shift();
      return peer ? Promise.resolve(peer) : new Promise((come) => waiting.push(come));
    },
    async [Symbol.asyncDispose]() {
      for (const socket of all) socket.destroy();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Connects, or throws the code of why not. */
export async function call(address: string): Promise<Peer> {
  const socket = connect({ ...PEER, host: LOOPBACK, port: Number(address.split(':').at(-1)) });
  await once(socket, 'connect');
  return new Peer(socket);
}

/**
 * How long something took, in classes that a busy machine does not move it between: nothing, two seconds, six. Timers
 * are never early, so that nearly all of what lies between is there for being late.
 */
export async function pace(something: Promise<unknown>): Promise<'at once' | 'soon' | 'late'> {
  const from = monotonicMs();
  await something;
  const ms = monotonicMs() - from;
  if (ms < 1_900) return 'at once';
  return ms < 5_000 ? 'soon' : 'late';
}
