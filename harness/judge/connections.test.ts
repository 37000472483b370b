import { expect, test } from 'vitest';
import { Connections } from './connections.ts';
import type { EventOf } from './events.ts';

const connection = (id: string, mode: EventOf<'connection'>['mode'] = 'fresh'): EventOf<'connection'> => ({
  type: 'connection',
  at: 0,
  id,
  topology: 'usual',
  target: 'replica-1',
  mode,
  peer: null,
  servedBy: 'replica-1',
  resumed: false,
});

const isKnown = (connections: Connections, id: string): boolean => {
  try {
    return connections.used({ id: 'r', connection: id }).id === id;
  } catch {
    return false;
  }
};

test('one that was opened for one request and never used is forgotten in the end, one that is kept is not', () => {
  const connections = new Connections();
  connections.add(connection('kept', 'kept'));
  connections.add(connection('unused'));
  for (let number = 1; number < 10_000; number += 1) connections.add(connection(`c${number}`));
  expect(isKnown(connections, 'unused')).toBe(true);
  connections.add(connection('one more'));
  expect(['unused', 'c1', 'one more', 'kept'].map((id) => isKnown(connections, id))).toEqual([
    false,
    true,
    true,
    true,
  ]);
});

test('the first of each kind stays to be looked at', () => {
  const connections = new Connections();
  for (const each of [connection('a'), connection('b'), connection('c', 'resumed')]) {
    connections.add(each);
    connections.forget(each);
  }
  expect(connections.kinds.map(({ id }) => id)).toEqual(['a', 'c']);
});
