import type { Interposed } from '../../harness/run/environment.ts';
import { LOOPBACK } from './ports.ts';
import type { Endpoint } from './splice.ts';
import type { WayToStore } from './store.ts';
import { openStoreProxy } from './store-proxy/store-proxy.ts';

/** Somebody who can also be taken away with everything else. */
export interface Interposing extends Interposed, AsyncDisposable {}

/** Leads a way to the store, which listens on this port, through a store proxy on another. */
export async function interpose(
  { link, storeHost }: WayToStore,
  { port, storePort }: { readonly port: number; readonly storePort: number },
): Promise<Interposing> {
  await using opened = new AsyncDisposableStack();
  const upstream: Endpoint = { host: storeHost, port: storePort };
  // By our own way, since on that of the replica the question would be taken for the replica's.
  const proxy = opened.use(
    await openStoreProxy({ port, upstream, asks: { host: LOOPBACK, port: storePort } }),
  );
  await link.lead(proxy.at);
  opened.move();
  return {
    serve: (mischief) => proxy.serve(mischief),
    heal: () => proxy.heal(),
    deeds: () => proxy.deeds(),
    async leave() {
      await link.lead(upstream);
      await proxy[Symbol.asyncDispose]();
    },
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  };
}
