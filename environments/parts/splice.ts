import { connect, type Socket } from 'node:net';
import { reset } from './reset.ts';

/** Where to connect to. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Two connections joined into one. */
export interface Splice {
  /** The port the client connected from. */
  readonly clientPort: number;
  /** Resets both sides. */
  reset(): void;
  /** Settles when both sides are closed. */
  readonly closed: Promise<void>;
}

/** What a server must be made with for its connections to be spliced. */
export const SPLICED = { allowHalfOpen: true, noDelay: true } as const;

/**
 * Joins a client to an upstream so that either sees what the other does: bytes, the end of one direction, a reset.
 * An upstream that cannot be reached resets the client.
 */
export function splice(client: Socket, upstreamAt: Endpoint): Splice {
  const upstream = connect({ ...upstreamAt, ...SPLICED });
  join(client, upstream);
  join(upstream, client);
  const clientPort = client.remotePort ?? 0;
  return {
    clientPort,
    reset() {
      reset(client);
      reset(upstream);
    },
    closed: Promise.all([closing(client), closing(upstream)]).then(() => undefined),
  };
}

function join(from: Socket, to: Socket): void {
  from.pipe(to);
  from.on('error', () => reset(to));
}

function closing(socket: Socket): Promise<void> {
  return new Promise((done) => void socket.once('close', () => done()));
}
