import type { Fault } from './fault.ts';
import { onEach, waysToReplicas } from './on-links.ts';

export const replicaCutOff: Fault = {
  name: 'replica-cut-off',
  sentence: 'The balancer reaches a replica no more, though it runs; clients that come to it directly do.',
  store: 'sound',
  concerns: 'one-replica',
  silences: 'balancer',
  shows: 'at-rest',
  cannot: () => undefined,
  async prepare(topology, concerned) {
    const ways = waysToReplicas(topology, concerned);
    const open = async (): Promise<readonly boolean[]> =>
      Promise.all(ways.map((link) => link.takesConnections()));
    return {
      inject: () => onEach(ways, (link) => link.disable()),
      async witness() {
        const found = await open();
        const evidence = `${found.filter(Boolean).length} of ${ways.length} ways from the balancer take a connection`;
        return { so: !found.includes(true), evidence };
      },
      heal: () => onEach(ways, (link) => link.enable()),
      async isOver() {
        const found = await open();
        const evidence = `${found.filter(Boolean).length} of ${ways.length} ways from the balancer take a connection`;
        return { so: !found.includes(false), evidence };
      },
    };
  },
};
