import type { Fault } from './fault.ts';

export const storePaused: Fault = {
  name: 'store-paused',
  sentence: 'The store is stopped in its tracks; its connections stay open.',
  store: 'away',
  // What was asked meanwhile is carried out when it goes on.
  losesReplies: true,
  concerns: 'all-replicas',
  shows: 'at-rest',
  cannot: ({ cannot }) => cannot.pause,
  async prepare({ store }) {
    // It cannot be asked while it stands still.
    const { length } = await store.connectionsOfReplicas();
    return {
      inject: () => store.pause(),
      async witness() {
        const condition = await store.condition();
        const evidence = `the system says that the store is ${condition}; replicas had ${length} connections with it`;
        return { so: condition === 'paused', evidence };
      },
      heal: () => store.resume(),
      async isOver() {
        const condition = await store.condition();
        if (condition === 'running') await store.ping();
        return { so: condition === 'running', evidence: `the system says that the store is ${condition}` };
      },
    };
  },
};
