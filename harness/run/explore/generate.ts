import { type Arbitrary, array, constant, constantFrom, oneof, record, sample } from 'fast-check';
import type { Chance } from '../../seed.ts';
import { REPLICAS } from '../plan.ts';
import { BALANCER } from '../preconditions.ts';
import { type Action, type ActionKind, type ActionOf, weights, wrongs } from './action.ts';

/** So many actions make a schedule: enough for a fault, what leads up to it and what follows. */
export const LENGTH = 15;
/** So many copies race: of fewer, a machine with two cores seldom has two in hand at once. */
const COPIES = 16;

/** Any schedule of this length, or of up to that length; it is made smaller by leaving actions out and by plainer ones. */
export const schedules = (
  faults: readonly string[],
  length: { readonly minLength: number; readonly maxLength: number },
): Arbitrary<Action[]> => {
  const each = Object.entries(arbitraries(faults)).filter(([kind]) => kind !== 'inject' || faults.length > 0);
  return array(
    oneof(
      ...each.map(([kind, arbitrary]) => ({
        arbitrary: arbitrary as Arbitrary<Action>,
        weight: weights[kind as ActionKind],
      })),
    ),
    length,
  );
};

/** The schedule that these chances stand for, and no other. */
export function scheduleBy(chance: Chance, faults: readonly string[]): { seed: number; actions: Action[] } {
  const seed = Math.floor(chance.fraction() * 2 ** 31);
  const [actions = []] = sample(schedules(faults, { minLength: LENGTH, maxLength: LENGTH }), {
    seed,
    numRuns: 1,
  });
  return { seed, actions };
}

/**
 * Faults whose names begin with the same two words differ in a detail, and are together as likely as any other. Nobody
 * chooses from a list without any, and yet it must not be empty.
 */
function byKind(faults: readonly string[]): string[] {
  if (faults.length === 0) return ['none'];
  const kinds = Map.groupBy(faults, (name) => name.split('-', 2).join('-'));
  const sizes = [...kinds.values()].map(({ length }) => length);
  const times = sizes.reduce((product, size) => (product % size === 0 ? product : product * size), 1);
  return [...kinds.values()].flatMap((kind) =>
    Array.from({ length: times / kind.length }, () => kind).flat(),
  );
}

/** The first of a list is the plainest, to which the others are reduced where they can be. */
function arbitraries(faults: readonly string[]): {
  readonly [K in ActionKind]: Arbitrary<ActionOf<K>>;
} {
  const client = constantFrom(0, 1);
  const to = constantFrom(...REPLICAS, BALANCER);
  const replica = constantFrom(...REPLICAS);
  return {
    send: of('send', { client, secret: constantFrom('newest', 'oldest'), to }),
    // Mostly what was sent last: what lies longer back may have outlived its time.
    replay: of('replay', {
      back: constantFrom(0, 0, 0, 1, 1, 2, 3),
      as: constantFrom('anew', 'anew', 'it-was'),
      to,
    }),
    race: of('race', { client, copies: constant(COPIES) }),
    'send-wrong': of('send-wrong', { client, wrong: constantFrom(...wrongs), to }),
    rotate: of('rotate', { client, step: constantFrom('advance', 'advance', 'abort') }),
    inject: of('inject', { fault: constantFrom(...byKind(faults)), replica }),
    heal: of('heal', {}),
    restart: of('restart', { replica }),
    'wait-out-ttl': of('wait-out-ttl', {}),
  };
}

const of = <K extends ActionKind>(
  kind: K,
  fields: { [F in Exclude<keyof ActionOf<K>, 'do'>]: Arbitrary<ActionOf<K>[F]> },
): Arbitrary<ActionOf<K>> =>
  record({ do: constant(kind), ...fields }, { noNullPrototype: true }) as unknown as Arbitrary<ActionOf<K>>;
