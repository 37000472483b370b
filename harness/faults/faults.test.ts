import { expect, test } from 'vitest';
import type { Topology } from '../run/environment.ts';
import { faults } from './list.ts';
import { storeUnreachable } from './store-unreachable.ts';

/** A topology whose links do as they are told, and whose store says how many connections it counts. */
function topologyWith(connections: number) {
  const told: string[] = [];
  const store = { connectionsOfReplicas: () => Promise.resolve(Array.from({ length: connections })) };
  const link = (name: string, to: string) => ({
    to,
    disable: () => Promise.resolve(void told.push(`${name} off`)),
    enable: () => Promise.resolve(void told.push(`${name} on`)),
  });
  const links = [link('to replica', 'replica-1'), link('first', 'store'), link('second', 'store')];
  return { told, topology: { store, links } as unknown as Topology };
}

test('each fault has a name of its own', () => {
  const names = faults.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
  expect(faults).toContain(storeUnreachable);
});

test('the store is taken away and given back', async () => {
  const { told, topology } = topologyWith(0);
  await storeUnreachable.inject(topology);
  expect(told).toEqual(['first off', 'second off']);
  await storeUnreachable.heal(topology);
  expect(told.slice(2)).toEqual(['first on', 'second on']);
});

test.each([
  [0, true],
  [1, false],
  [4, false],
])('with %d connections of replicas left it is in force: %s', async (connections, inForce) => {
  const { told, topology } = topologyWith(connections);
  expect(await storeUnreachable.witness(topology)).toEqual({
    inForce,
    evidence: `the store counts ${connections} connections of replicas`,
  });
  expect(told).toEqual([]);
});
