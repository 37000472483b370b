import { type Link, STORE, type Topology } from '../run/environment.ts';
import type { Fault } from './fault.ts';

/** Every connection of a replica to the replay store is closed and new ones are refused. */
export const storeUnreachable: Fault = {
  name: 'store-unreachable',
  store: 'away',
  inject: (topology) => onEachWay(topology, (link) => link.disable()),
  heal: (topology) => onEachWay(topology, (link) => link.enable()),
  // The store's own list of its clients: whatever a signer answers, it has no connection left.
  async witness({ store }) {
    const { length: connections } = await store.connectionsOfReplicas();
    return {
      inForce: connections === 0,
      evidence: `the store counts ${connections} connections of replicas`,
    };
  },
};

async function onEachWay({ links }: Topology, act: (link: Link) => Promise<void>): Promise<void> {
  await Promise.all(links.filter(({ to }) => to === STORE).map(act));
}
