import { asyncProperty, check } from 'fast-check';
import { REPLICAS } from '../plan.ts';
import { BALANCER } from '../preconditions.ts';
import type { Action } from './action.ts';
import { schedules } from './generate.ts';

/** What came of playing a schedule once more. */
export interface Played {
  /** It broke the clause again. */
  readonly failed: boolean;
  /** What of it was done until then. */
  readonly actions: readonly Action[];
  /** So many actions there were when that was sent which broke it; what came after may only have shown it. */
  readonly until: number;
}

/** The smallest schedule that was found to fail, and how often it does. */
export interface Shrunk {
  readonly actions: readonly Action[];
  /** How many smaller ones were tried, and whether nothing was left to try. */
  readonly tries: number;
  readonly exhausted: boolean;
  /** Played so often as it is, it failed so often. */
  readonly played: number;
  readonly failed: number;
}

/** So often a schedule is played again to see whether it fails each time, and how often what is left of it does. */
const PLAYED = { found: 3, left: 5 };
/** It counts where it failed at least so often: what a race brings out once may have been something else. */
export const COUNTS = 2;
/** Of those that fail only now and then, a smaller one is given so many chances. */
const CHANCES = 3;
/** More tries than these are not worth anybody's time. */
const TRIES = 60;

/**
 * Makes a schedule that failed smaller as long as what is left fails too. One that fails each time is taken at its first
 * word; one that does not must fail twice to count, at every step and in the end.
 */
export async function shrink(
  { actions, until }: Pick<Played, 'actions' | 'until'>,
  faults: readonly string[],
  play: (candidate: readonly Action[], why: 'again' | 'smaller') => Promise<Played>,
): Promise<Shrunk> {
  let tries = 0;
  const found = await again(actions, PLAYED.found, play);
  if (found.failed < COUNTS) return { actions, tries, exhausted: false, ...found };
  const steady = found.failed === found.played;
  // Every one that failed, in the order in which they did.
  const failing = [actions];
  const known = new Map<string, boolean>([[JSON.stringify(actions), true]]);

  const fails = async (candidate: readonly Action[]): Promise<boolean> => {
    const text = JSON.stringify(candidate);
    const answer = known.get(text);
    if (answer !== undefined) return answer;
    if (tries >= TRIES || candidate.length === 0) return false;
    tries += 1;
    const left = await failsOften(candidate, steady, play);
    known.set(text, left !== undefined);
    if (left !== undefined) {
      known.set(JSON.stringify(left), true);
      failing.push(left);
    }
    return left !== undefined;
  };
  const fromSmallest = () => failing.toReversed().toSorted((a, b) => a.length - b.length);
  const smallest = (): readonly Action[] => fromSmallest()[0]!;

  await fails(actions.slice(0, until));
  let before = 0;
  while (before < failing.length) {
    before = failing.length;
    await check(
      asyncProperty(
        schedules(faults, { minLength: 1, maxLength: smallest().length }),
        async (candidate) => !(await fails(candidate)),
      ),
      { numRuns: 1, examples: [[[...smallest()]]] },
    );
    for (const plainer of plainerThan(smallest())) if (await fails(plainer)) break;
  }
  const exhausted = tries < TRIES;
  for (const left of fromSmallest()) {
    const seen = await again(left, PLAYED.left, play);
    if (seen.failed >= COUNTS) return { actions: left, tries, exhausted, ...seen };
  }
  return { actions, tries, exhausted, ...found };
}

/** What the library does not come to: it never takes the last action away, and of other places it only knows the first. */
function* plainerThan(actions: readonly Action[]): Generator<readonly Action[]> {
  yield actions.slice(0, -1);
  for (const [index, action] of actions.entries())
    if ('to' in action && action.to === BALANCER)
      for (const to of REPLICAS) yield actions.with(index, { ...action, to });
}

type Play = Parameters<typeof shrink>[2];

async function again(
  actions: readonly Action[],
  times: number,
  play: Play,
): Promise<Pick<Shrunk, 'played' | 'failed'>> {
  let failed = 0;
  for (let round = 0; round < times; round += 1) if ((await play(actions, 'again')).failed) failed += 1;
  return { played: times, failed };
}

/** What of a candidate was played until it failed for the last time, where it failed often enough. */
async function failsOften(
  candidate: readonly Action[],
  steady: boolean,
  play: Play,
): Promise<readonly Action[] | undefined> {
  const [wanted, chances] = steady ? [1, 1] : [COUNTS, CHANCES];
  let failed = 0;
  for (let chance = 1; chance <= chances && failed + chances - chance + 1 >= wanted; chance += 1) {
    const { failed: once, actions } = await play(candidate, 'smaller');
    if (once) failed += 1;
    if (failed === wanted) return actions;
  }
  return undefined;
}
