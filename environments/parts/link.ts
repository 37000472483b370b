import { createServer, type Socket } from 'node:net';
import { listenOn, LOOPBACK } from './ports.ts';
import { type Endpoint, splice, SPLICED, type Splice } from './splice.ts';

/**
 * The seam on one connection of the topology, replica to replay store or balancer to replica. It is kept this small
 * so that a fault proxy can take the place of the plain forwarder below: it does nothing but forward, cut and mend.
 */
export interface Link extends AsyncDisposable {
  readonly name: string;
  /** Where to connect instead of to the upstream. */
  readonly at: Endpoint;
  readonly upstream: Endpoint;
  /** The connections open now. */
  connections(): readonly LinkConnection[];
  /** Everything since the link was opened. */
  totals(): LinkTotals;
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
  const past = { connections: 0, bytesToUpstream: 0, bytesFromUpstream: 0 };
  const close = (joined: Splice): void => {
    open.delete(joined);
    const { fromClient, fromUpstream } = joined.bytes();
    past.bytesToUpstream += fromClient;
    past.bytesFromUpstream += fromUpstream;
  };
  const forward = (client: Socket): void => {
    const joined = splice(client, upstream);
    past.connections += 1;
    open.add(joined);
    void joined.closed.then(() => close(joined));
  };
  const server = createServer(SPLICED, (client) => {
    if (!upstreamUp) return forward(client);
    // Whoever gives up while he waits is not to be joined to anybody.
    client.on('error', () => client.destroy());
    void upstreamUp.then(
      () => (client.destroyed ? undefined : forward(client)),
      () => client.destroy(),
    );
  });
  await listenOn(server, LOOPBACK, port);

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
    async cut() {
      if (!server.listening) return;
      const closed = server[Symbol.asyncDispose]();
      for (const joined of open) joined.reset();
      await closed;
    },
    async mend() {
      if (!server.listening) await listenOn(server, LOOPBACK, port);
    },
    [Symbol.asyncDispose]: () => link.cut(),
  };
  return link;
}
