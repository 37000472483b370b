import { describe, expect, test } from 'vitest';
import type { EventOf } from '../judge/events.ts';
import type { Replica, Topology } from './environment.ts';
import { preconditions, replicasDiffer, storeIsShared } from './preconditions.ts';

/** Only what a precondition looks at. */
function topology(
  name: string,
  change: { namespaces?: readonly string[]; visitors?: readonly string[] } = {},
): Topology {
  const { namespaces = ['nonce:', 'nonce:'], visitors = ['replica-1', 'replica-2'] } = change;
  const replicas = namespaces.map((keyPrefix, index) => ({
    name: `replica-${index + 1}`,
    state: { store: { database: 0, keyPrefix } },
  }));
  return {
    name,
    replicas: replicas as unknown as Replica[],
    store: { visitors: async () => visitors },
  } as unknown as Topology;
}

type Met = readonly [target: string, servedBy: string | null];

const met = (name: string, ...connections: readonly Met[]): EventOf<'connection'>[] =>
  connections.map(([target, servedBy], index) => ({
    type: 'connection',
    at: 0,
    id: `${name}/c${index}`,
    topology: name,
    target,
    mode: 'fresh',
    peer: null,
    servedBy,
    resumed: false,
  }));

const everybody: readonly Met[] = [
  ['replica-1', 'replica-1'],
  ['replica-2', 'replica-2'],
  ['balancer', 'replica-2'],
  ['balancer', 'replica-1'],
];

test('each has an id and a clause of its own, the oracle first', () => {
  expect(preconditions.map(({ id }) => id)).toEqual([
    'oracle-agrees-with-vectors',
    'replicas-differ',
    'replay-store-is-shared',
  ]);
  expect(preconditions.map(({ clause }) => clause.split('/')[0])).toEqual(Array(3).fill('precondition'));
});

describe('replicas differ', () => {
  test('where each was met at its own door and behind the balancer', () => {
    expect(replicasDiffer([topology('usual')], met('usual', ...everybody))).toEqual({
      id: 'replicas-differ',
      holds: true,
      evidence: 'every replica was met at its own door and behind the balancer',
    });
  });

  test('but not where another answers at the door of one', () => {
    const strayed: Met = ['replica-2', 'replica-1'];
    expect(replicasDiffer([topology('usual')], met('usual', ...everybody, strayed))).toEqual({
      id: 'replicas-differ',
      holds: false,
      evidence: 'usual: another replica answers at the door of replica-2',
    });
  });

  test.each<[string, readonly Met[], string]>([
    ['only one was met behind the balancer', everybody.slice(0, 3), 'replica-2'],
    ['nobody was', everybody.slice(0, 2), 'nobody'],
    ['nobody knows who was', [['balancer', null]], 'nobody'],
  ])('but not where %s', (_what, connections, who) => {
    expect(replicasDiffer([topology('usual')], met('usual', ...connections))).toMatchObject({
      holds: false,
      evidence: `usual: behind the balancer only ${who} was met`,
    });
  });

  test('but not where they do in one topology and not in another', () => {
    const topologies = [topology('usual'), topology('short')];
    expect(replicasDiffer(topologies, met('usual', ...everybody))).toMatchObject({
      holds: false,
      evidence: expect.stringMatching(/^short: /),
    });
    const both = [...met('usual', ...everybody), ...met('short', ...everybody)];
    expect(replicasDiffer(topologies, both).holds).toBe(true);
  });
});

describe('the replay store is shared', () => {
  test('where every replica has asked it, in one namespace', async () => {
    expect(await storeIsShared([topology('usual'), topology('short')])).toEqual({
      id: 'replay-store-is-shared',
      holds: true,
      evidence: 'every replica asks the same store in the same namespace',
    });
  });

  test('but not where the namespaces differ', async () => {
    expect(await storeIsShared([topology('usual', { namespaces: ['a:', 'b:'] })])).toMatchObject({
      holds: false,
      evidence: 'usual: the replicas use namespaces 0:a:, 0:b:',
    });
  });

  test.each([
    [['replica-1'], 'replica-2'],
    [[], 'replica-1 and replica-2'],
  ])('but not where only %j asked it', async (visitors, absent) => {
    expect(await storeIsShared([topology('usual'), topology('short', { visitors })])).toMatchObject({
      holds: false,
      evidence: `short: ${absent} never asked the replay store anything`,
    });
  });
});
