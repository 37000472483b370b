import { createServer, type Socket } from 'node:net';
import { assertFree, listenOn, LOOPBACK } from './ports.ts';
import { SPLICED } from './splice.ts';

/**
 * Takes the connections that come to a port. Disposing of it refuses new ones at once, and waits for the end of those
 * that it took.
 *
 * Node takes one connection from a listening socket in each turn of its loop. While turns are long, the last of many
 * who come together waits for as many of them, and then for those before him who have given up as well: to a signer
 * with a time-out its store is away for seconds, though nobody stands still. So several sockets listen on the port
 * where the system deals connections out among them.
 */
export async function openEntrance(port: number, take: (visitor: Socket) => void): Promise<AsyncDisposable> {
  // Those who share a port would share it with another entrance too.
  await assertFree(LOOPBACK, port);
  const servers = Array.from({ length: SOCKETS }, () => createServer(SPLICED, take));
  const entrance = {
    [Symbol.asyncDispose]: async () => {
      await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
    },
  };
  try {
    await Promise.all(servers.map((server) => listenOn(server, LOOPBACK, port, { shared: SOCKETS > 1 })));
    return entrance;
  } catch (error) {
    await entrance[Symbol.asyncDispose]();
    throw error;
  }
}

const SOCKETS = process.platform === 'linux' ? 8 : 1;
