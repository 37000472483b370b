import { connect, type Socket } from 'node:net';
import { openEntrance } from './entrance.ts';
import { LOOPBACK } from './ports.ts';
import { type Endpoint, splice, type Splice } from './splice.ts';

/**
 * The seam on one connection of the topology, replica to replay store or balancer to replica. It is kept this small
 * so that a fault proxy can take the place of the plain forwarder below: it does nothing but forward, cut and mend.
 */
export interface Link extends AsyncDisposable {
  readonly name: string;
  /** Where to connect instead of to the upstream. */
  readonly at: Endpoint;
  readonly upstream: Endpoint;
  /** The connections open now, but for our own. */
  connections(): readonly LinkConnection[];
  /** Everything since the link was opened, but for what was ours. */
  totals(): LinkTotals;
  /** Goes the client's way for ourselves, to see how it goes there. Ended too soon, it would be taken for the client. */
  dial(): Socket;
  /** Resets every connection and refuses new ones. */
  cut(): Promise<void>;
  /** Accepts connections again, on the same port. */
  mend(): Promise<void>;
}

/** One open connection. By `upstreamPort` the upstream's own list of its clients can be matched with it. */
export interface LinkConnection {
  readonly clientPort: number;
  readonly upstreamPort: number | undefined;
}

/** What a link has carried. */
export interface LinkTotals {
  readonly connections: number;
  readonly bytesToUpstream: number;
  readonly bytesFromUpstream: number;
}

/** Opens a link that forwards faithfully: half-closes as half-closes, resets as resets. */
export async function openLink(plan: {
  name: string;
  port: number;
  upstream: Endpoint;
  /** Connections wait for this, so that nobody who comes before the upstream is up finds it closed. */
  upstreamUp?: Promise<unknown>;
}): Promise<Link> {
  const { name, port, upstream, upstreamUp } = plan;
  const open = new Set<Splice>();
  const ours = { dialled: new Set<Socket>(), open: new Set<Splice>() };
  const past = { connections: 0, bytesToUpstream: 0, bytesFromUpstream: 0 };
  const close = (joined: Splice): void => {
    open.delete(joined);
    const { fromClient, fromUpstream } = joined.bytes();
    past.bytesToUpstream += fromClient;
    past.bytesFromUpstream += fromUpstream;
  };
  const forward = (client: Socket, isOurs: boolean): void => {
    const joined = splice(client, upstream);
    if (isOurs) {
      ours.open.add(joined);
      void joined.closed.then(() => ours.open.delete(joined));
      return;
    }
    past.connections += 1;
    open.add(joined);
    void joined.closed.then(() => close(joined));
  };
  const take = (client: Socket): void => {
    const from = client.remotePort;
    const isOurs = from !== undefined && ours.dialled.values().some(({ localPort }) => localPort === from);
    if (!upstreamUp) return forward(client, isOurs);
    // Whoever gives up while he waits is not to be joined to anybody.
    client.on('error', () => client.destroy());
    void upstreamUp.then(
      () => (client.destroyed ? undefined : forward(client, isOurs)),
      () => client.destroy(),
    );
  };
  let entrance: AsyncDisposable | undefined = await openEntrance(port, take);

  const link = {
    name,
    at: { host: LOOPBACK, port },
    upstream,
    connections: () =>
      [...open].map((joined) => ({ clientPort: joined.clientPort, upstreamPort: joined.upstreamPort() })),
    totals: () =>
      [...open].reduce((sum, joined) => {
        const { fromClient, fromUpstream } = joined.bytes();
        return {
          connections: sum.connections,
          bytesToUpstream: sum.bytesToUpstream + fromClient,
          bytesFromUpstream: sum.bytesFromUpstream + fromUpstream,
        };
      }, past),
    dial() {
      const socket = connect({ ...link.at, noDelay: true });
      ours.dialled.add(socket);
      return socket.once('close', () => ours.dialled.delete(socket));
    },
    async cut() {
      const closed = entrance?.[Symbol.asyncDispose]();
      entrance = undefined;
      for (const joined of [...open, ...ours.open]) joined.reset();
      await closed;
    },
    async mend() {
      entrance ??= await openEntrance(port, take);
    },
    [Symbol.asyncDispose]: () => link.cut(),
  };
  return link;
}
