import type { AddressInfo } from 'node:net';
import { chanceFrom, freshSeed } from '../../../harness/seed.ts';
import { listenOn, LOOPBACK } from '../ports.ts';
import { apiServer } from './api.ts';
import { Proxies } from './proxies.ts';
import { VERSION } from './routes.ts';
import type { FaultProxyServer } from './server.ts';

/** Starts the server in this process. What toxicity and jitter leave to chance follows from the seed. */
export async function startBuiltIn({
  port,
  seed = freshSeed(),
}: {
  port: number;
  seed?: number;
}): Promise<FaultProxyServer> {
  const proxies = new Proxies(chanceFrom(seed));
  const api = apiServer(proxies);
  await listenOn(api, LOOPBACK, port);
  const { port: bound } = api.address() as AddressInfo;
  return {
    at: { host: LOOPBACK, port: bound },
    name: `built-in, as Toxiproxy ${VERSION}`,
    async [Symbol.asyncDispose]() {
      const closed = api[Symbol.asyncDispose]();
      api.closeAllConnections();
      await closed;
      for (const proxy of proxies.all()) await proxy.stop();
    },
  };
}
