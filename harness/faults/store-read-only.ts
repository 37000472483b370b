import { refusingWrites } from './store-refusing-writes.ts';

export const storeReadOnly = refusingWrites({
  name: 'store-read-only',
  sentence: 'The store has become a read-only copy of another, as after a failover that went wrong.',
  code: 'READONLY',
  // Of a store that is not there: nothing listens on that port, and it keeps what it has.
  begin: (store) => store.asks('REPLICAOF', '127.0.0.1', '1'),
  end: (store) => store.asks('REPLICAOF', 'NO', 'ONE'),
});
