import type { Fault } from './fault.ts';
import { figure } from './store-settings.ts';

export const storeFlushed: Fault = {
  name: 'store-flushed',
  sentence: 'Somebody empties the store.',
  store: 'forgetful',
  concerns: 'all-replicas',
  shows: 'at-rest',
  cannot: ({ cannot }) => cannot['ask-store'],
  async prepare({ store }) {
    const held = Number(await store.asks('DBSIZE'));
    const flushes = async (): Promise<number> =>
      Number(/calls=(\d+)/.exec((await figure(store, 'commandstats', 'cmdstat_flushall')) ?? '')?.[1] ?? 0);
    const before = await flushes();
    return {
      async inject() {
        await store.asks('FLUSHALL');
      },
      async witness() {
        const times = (await flushes()) - before;
        return {
          so: times > 0 && held > 0,
          evidence: `the store held ${held} keys and has been emptied ${times} times since`,
        };
      },
      // What is gone is gone.
      heal: () => Promise.resolve(),
      async isOver() {
        await store.ping();
        return { so: true, evidence: 'the store keeps what it is given from now on' };
      },
    };
  },
};
