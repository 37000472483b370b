import type { Fault } from './fault.ts';

/** Every connection to the replay store is reset and new ones are refused. */
export const storeUnreachable: Fault = {
  name: 'store-unreachable',
  store: 'away',
  inject: ({ store }) => store.cut(),
  heal: ({ store }) => store.mend(),
  // The store's own list of its clients: whatever a signer answers, it has no connection left.
  async witness({ store }) {
    const connections = await store.connectionsOfReplicas();
    return {
      inForce: connections === 0,
      evidence: `the store counts ${connections} connections of replicas`,
    };
  },
};
