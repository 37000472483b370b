import { monotonicMs } from '../clock.ts';
import type { Fault } from './fault.ts';
import { onEach, waysToStore } from './on-links.ts';
import { reachable } from './reachable.ts';

/** Slower than any store in its senses, and faster than any signer's patience. */
const LATENCY_MS = 200;

export const storeSlow: Fault = {
  name: 'store-slow',
  sentence: `Each reply of the store takes ${LATENCY_MS} ms longer.`,
  store: 'unsure',
  concerns: 'all-replicas',
  shows: 'at-rest',
  cannot: () => undefined,
  async prepare(topology, concerned) {
    const ways = waysToStore(topology, concerned);
    let toxics: readonly { remove(): Promise<void> }[] = [];
    return {
      servesOn: true,
      async inject() {
        // Connections that are open already may move once more before they feel a toxic: all begin anew after it.
        await onEach(ways, (link) => link.disable());
        const latency = {
          type: 'latency',
          stream: 'downstream',
          attributes: { latency: LATENCY_MS },
        } as const;
        toxics = await Promise.all(ways.map((link) => link.poison(latency)));
        await onEach(ways, (link) => link.enable());
      },
      async witness() {
        const took = await Promise.all(
          concerned.map(async ({ name }) => {
            const from = monotonicMs();
            await topology.store.pingBy(name);
            return Math.round(monotonicMs() - from);
          }),
        );
        return {
          so: took.every((ms) => ms >= LATENCY_MS),
          evidence: `by the ways of the replicas the store took ${took.join(' and ')} ms`,
        };
      },
      async heal() {
        await Promise.all(toxics.map((toxic) => toxic.remove()));
      },
      isOver: () => reachable(topology, concerned),
    };
  },
};
