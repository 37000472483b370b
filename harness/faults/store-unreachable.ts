import type { Fault } from './fault.ts';
import { onEach, waysToStore } from './on-links.ts';
import { reachable } from './reachable.ts';

export const storeUnreachable: Fault = {
  name: 'store-unreachable',
  sentence: 'Every connection of a replica to the replay store is closed and new ones are refused.',
  store: 'away',
  concerns: 'all-replicas',
  shows: 'at-rest',
  cannot: () => undefined,
  async prepare(topology, concerned) {
    const ways = waysToStore(topology, concerned);
    return {
      inject: () => onEach(ways, (link) => link.disable()),
      // The store's own list of its clients: whatever a signer answers, it has no connection left.
      async witness() {
        const { length: connections } = await topology.store.connectionsOfReplicas();
        const evidence = `the store counts ${connections} connections of replicas`;
        return { so: connections === 0, evidence };
      },
      heal: () => onEach(ways, (link) => link.enable()),
      isOver: () => reachable(topology, concerned),
    };
  },
};
