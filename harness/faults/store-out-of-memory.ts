import { refusingWrites } from './store-refusing-writes.ts';

export const storeOutOfMemory = refusingWrites({
  name: 'store-out-of-memory',
  sentence: 'The store is full, and by its policy it lets nothing go.',
  code: 'OOM',
  async begin(store) {
    await store.asks('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    await store.asks('CONFIG', 'SET', 'maxmemory', '1');
  },
  end: (store) => store.asks('CONFIG', 'SET', 'maxmemory', '0'),
});
