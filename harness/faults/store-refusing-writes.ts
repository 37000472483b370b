import type { ReplayStore } from '../run/environment.ts';
import type { Fault } from './fault.ts';
import { refusalOfWrites } from './store-settings.ts';

/** A fault by which the store itself, with everybody's connections, refuses to write. */
interface Refusing extends Pick<Fault, 'name' | 'sentence'> {
  /** How its refusal begins. */
  readonly code: string;
  readonly begin: (store: ReplayStore) => Promise<unknown>;
  readonly end: (store: ReplayStore) => Promise<unknown>;
}

export const refusingWrites = ({ code, begin, end, ...fault }: Refusing): Fault => ({
  ...fault,
  store: 'away',
  concerns: 'all-replicas',
  shows: 'at-rest',
  cannot: ({ cannot }) => cannot['ask-store'],
  prepare: ({ store }) =>
    Promise.resolve({
      async inject() {
        await begin(store);
      },
      async witness() {
        const refusal = await refusalOfWrites(store);
        const { length } = await store.connectionsOfReplicas();
        const says = refusal === undefined ? 'lets us write' : `says to a write of ours: ${refusal}`;
        const evidence = `the store, with ${length} connections of replicas, ${says}`;
        return { so: refusal?.startsWith(code) === true, evidence };
      },
      async heal() {
        await end(store);
      },
      async isOver() {
        const refusal = await refusalOfWrites(store);
        return { so: refusal === undefined, evidence: refusal ?? 'the store lets us write' };
      },
    }),
});
