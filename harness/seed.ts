import { createHash, randomBytes, randomInt } from 'node:crypto';

/** The one door for chance: everything the harness chooses, it chooses from here, so that a seed repeats a run. */
export interface Chance {
  pick<T>(list: readonly T[]): T;
  shuffled<T>(list: readonly T[]): T[];
  /** Anything from 0 up to 1, and never 1. */
  fraction(): number;
  /** Chances of its own for a named part, so that parts do not depend on the order in which they are asked. */
  of(name: string): Chance;
}

export function chanceFrom(seed: number | string): Chance {
  const next = generator(String(seed));
  return {
    pick(list) {
      const picked = list[Math.floor(next() * list.length)];
      if (picked === undefined) throw new Error('Nothing to pick from');
      return picked;
    },
    shuffled(list) {
      const order = list.map((each) => ({ each, at: next() }));
      return order.toSorted((a, b) => a.at - b.at).map(({ each }) => each);
    },
    fraction: next,
    of: (name) => chanceFrom(`${seed}/${name}`),
  };
}

/** Uniform numbers from 0 up to 1: a digest of the seed and a counter, which needs no tuning and has no short cycles. */
function generator(seed: string): () => number {
  let drawn = 0;
  return () => {
    drawn += 1;
    return createHash('sha256').update(`${seed}#${drawn}`).digest().readUInt32BE() / 2 ** 32;
  };
}

/** A seed for a run that was given none. */
export const freshSeed = (): number => randomInt(1, 2 ** 31);

/** Text nobody can guess, for secrets and salts. The seed is published, so these never come from it. */
export const unguessable = (bytes: number): string => randomBytes(bytes).toString('hex');
