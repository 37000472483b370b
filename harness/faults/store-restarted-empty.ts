import type { Fault } from './fault.ts';
import { figure } from './store-settings.ts';

export const storeRestartedEmpty: Fault = {
  name: 'store-restarted-empty',
  sentence: 'The store crashes and comes back without what it held.',
  store: 'forgetful',
  concerns: 'all-replicas',
  shows: 'at-rest',
  cannot: ({ cannot }) => cannot['restart-store'],
  async prepare({ store }, _concerned, signal) {
    const run = (): Promise<string | undefined> => figure(store, 'server', 'run_id');
    const before = await run();
    const held = Number(await store.asks('DBSIZE'));
    return {
      async inject() {
        await store.kill();
        await store.start(signal);
      },
      async witness() {
        const now = await run();
        return {
          so: now !== before && held > 0,
          evidence: `the store held ${held} keys; it was run ${before?.slice(0, 8)} and is run ${now?.slice(0, 8)}`,
        };
      },
      heal: () => Promise.resolve(),
      async isOver() {
        await store.ping();
        return { so: true, evidence: 'the store answers' };
      },
    };
  },
};
