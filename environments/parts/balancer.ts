import { createServer } from 'node:net';
import { listenOn, LOOPBACK } from './ports.ts';
import { settles } from './settles.ts';
import { type Endpoint, splice, SPLICED, type Splice } from './splice.ts';

/** One replica as the balancer reaches it. */
export interface Backend extends Endpoint {
  readonly name: string;
}

/** A round-robin balancer of TCP connections; TLS passes through it unread. */
export interface Balancer extends AsyncDisposable {
  readonly at: Endpoint;
  /** Sends no new connections to a backend; true once its open ones are gone, false if the deadline comes first. */
  drain(name: string, deadlineMs: number, signal?: AbortSignal): Promise<boolean>;
  /** Sends new connections to a backend again. */
  admit(name: string): void;
  /** The connections open now, each with its backend. */
  connections(): readonly BalancedConnection[];
  /** The backend given to the latest connection from a client's port; undefined where none could be given. */
  backendOf(clientPort: number): string | undefined;
}

/** Whose connection went where. */
export interface BalancedConnection {
  readonly clientPort: number;
  readonly backend: string;
}

interface Seat {
  readonly backend: Backend;
  admitted: boolean;
  readonly open: Set<Splice>;
}

/**
 * Opens a balancer with every backend admitted. A connection whose backend cannot be reached is reset: sending it to
 * another would hide the outage from whoever measures it.
 */
export async function openBalancer(plan: { port: number; backends: readonly Backend[] }): Promise<Balancer> {
  const seats = plan.backends.map((backend): Seat => ({ backend, admitted: true, open: new Set() }));
  const given = new Map<number, string | undefined>();
  let turn = 0;

  const server = createServer(SPLICED, (client) => {
    const seat = inTurn(seats, turn);
    const clientPort = client.remotePort ?? 0;
    given.set(clientPort, seat?.backend.name);
    if (seat === undefined) {
      client.resetAndDestroy();
      return;
    }
    turn = seats.indexOf(seat) + 1;
    const joined = splice(client, seat.backend);
    seat.open.add(joined);
    void joined.closed.then(() => seat.open.delete(joined));
  });
  await listenOn(server, LOOPBACK, plan.port);

  const named = (name: string): Seat => {
    const seat = seats.find(({ backend }) => backend.name === name);
    const known = seats.map(({ backend }) => backend.name).join(', ');
    if (seat === undefined) throw new RangeError(`Balancer has no backend ${name}; it has ${known}`);
    return seat;
  };
  return {
    at: { host: LOOPBACK, port: plan.port },
    drain(name, deadlineMs, signal) {
      const seat = named(name);
      seat.admitted = false;
      return settles(Promise.all([...seat.open].map(({ closed }) => closed)), deadlineMs, signal);
    },
    admit(name) {
      named(name).admitted = true;
    },
    connections: () =>
      seats.flatMap(({ backend, open }) =>
        [...open].map(({ clientPort }) => ({ clientPort, backend: backend.name })),
      ),
    backendOf: (clientPort) => given.get(clientPort),
    async [Symbol.asyncDispose]() {
      const closed = server[Symbol.asyncDispose]();
      for (const { open } of seats) for (const joined of open) joined.reset();
      await closed;
    },
  };
}

function inTurn(seats: readonly Seat[], turn: number): Seat | undefined {
  return [...seats.slice(turn), ...seats.slice(0, turn)].find(({ admitted }) => admitted);
}
