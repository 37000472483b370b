import type { ReplayStore } from '../run/environment.ts';
import type { Fault } from './fault.ts';
import { figure } from './store-settings.ts';

/** Enough beyond what is in use for what replicas and their connections need, and little enough to be filled in a moment. */
const ROOM_BYTES = 1 << 20;
const PIECE = 'x'.repeat(1 << 12);
const AT_ONCE = 64;
/** Bounded, so that it stops by itself with a store that never comes to its limit. */
const ROUNDS = 64;

export const storeEvicting: Fault = {
  name: 'store-evicting',
  sentence: 'The store is full, and by its policy lets go of what was used longest ago.',
  store: 'forgetful',
  concerns: 'all-replicas',
  shows: 'at-rest',
  cannot: ({ cannot }) => cannot['ask-store'],
  async prepare({ store }) {
    const evicted = async (): Promise<number> => Number((await figure(store, 'stats', 'evicted_keys')) ?? 0);
    const foreign = Number(await store.asks('DBSIZE'));
    const before = await evicted();
    return {
      async inject() {
        const used = Number(await figure(store, 'memory', 'used_memory'));
        await store.asks('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
        await store.asks('CONFIG', 'SET', 'maxmemory', String(used + ROOM_BYTES));
        for (let round = 0; round < ROUNDS && (await evicted()) - before <= foreign; round += 1)
          await fill(store, round);
      },
      async witness() {
        const times = (await evicted()) - before;
        return {
          // Ours are the youngest, so the others went first.
          so: foreign > 0 && times > 0,
          evidence: `the store held ${foreign} keys and has let go of ${times} since`,
        };
      },
      async heal() {
        await store.asks('CONFIG', 'SET', 'maxmemory', '0');
        await store.asks('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
        for (let round = 0; round < ROUNDS; round += 1) await store.asks('UNLINK', ...pieces(round));
      },
      async isOver() {
        const [, limit] = (await store.asks('CONFIG', 'GET', 'maxmemory')) as [string, string];
        return { so: limit === '0', evidence: `the store's limit is ${limit}` };
      },
    };
  },
};

async function fill(store: ReplayStore, round: number): Promise<void> {
  await Promise.all(pieces(round).map((key) => store.asks('SET', key, PIECE, 'PX', '60000')));
}

const pieces = (round: number): string[] =>
  Array.from({ length: AT_ONCE }, (_, index) => `keydrill:fill:${round}:${index}`);
