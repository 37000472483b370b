import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Endpoint } from '../splice.ts';
import { WIRE } from './wire.ts';

/** Takes the connections that come to an address. */
export interface Entrance extends AsyncDisposable {
  /** With the port that the system gave, where none was asked for. */
  readonly at: Endpoint;
}

/**
 * Opens an address, or fails with the code of the system. Disposing of it refuses new connections at once, and waits
 * for the end of those that it took.
 *
 * Node takes one connection from a listening socket in each turn of its loop. While turns are long, the last of many
 * who come together waits for as many of them, and then for those before him who have given up as well: to a signer
 * with a time-out its store is away for seconds, though nobody stands still. So several sockets listen on the port
 * where the system deals connections out among them.
 */
export async function openEntrance(wish: Endpoint, take: (visitor: Socket) => void): Promise<Entrance> {
  // Those who share a port would share it with another entrance too.
  const at = await free(wish);
  const servers = Array.from({ length: SOCKETS }, () =>
    createServer({ ...WIRE, pauseOnConnect: true }, take),
  );
  const close = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  };
  try {
    await Promise.all(servers.map((server) => listens(server, at, { shared: SOCKETS > 1 })));
    return { at, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

const SOCKETS = process.platform === 'linux' ? 8 : 1;

/** Where that is, if nobody listens there yet. */
async function free(wish: Endpoint): Promise<Endpoint> {
  await using alone = createServer();
  await listens(alone, wish, { shared: false });
  const { address, port } = alone.address() as AddressInfo;
  return { host: address, port };
}

function listens(server: Server, { host, port }: Endpoint, { shared }: { shared: boolean }): Promise<void> {
  return new Promise((listening, refused) => {
    server.once('error', refused);
    server.listen({ host, port, reusePort: shared }, () => listening());
  });
}
