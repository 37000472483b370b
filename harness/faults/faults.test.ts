import { expect, test } from 'vitest';
import type { Topology } from '../run/environment.ts';
import { faults } from './list.ts';
import { storeUnreachable } from './store-unreachable.ts';

/** A store that does as it is told and says how many connections it counts. */
function topologyWith(connections: number) {
  const told: string[] = [];
  const store = {
    cut: () => Promise.resolve(void told.push('cut')),
    mend: () => Promise.resolve(void told.push('mend')),
    connectionsOfReplicas: () => Promise.resolve(connections),
  };
  return { told, topology: { store } as unknown as Topology };
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
  expect(told).toEqual(['cut']);
  await storeUnreachable.heal(topology);
  expect(told).toEqual(['cut', 'mend']);
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
