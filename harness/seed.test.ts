import { describe, expect, test } from 'vitest';
import { chanceFrom, freshSeed, unguessable, type Chance } from './seed.ts';

const letters = 'abcdefghijklmnopqrstuvwxyz'.split('');
const drawn = (chance: Chance, count = 200): string =>
  Array.from({ length: count }, () => chance.pick(letters)).join('');

describe('a seed', () => {
  test('repeats every choice', () => {
    expect(drawn(chanceFrom(7))).toBe(drawn(chanceFrom(7)));
    expect(chanceFrom(7).shuffled(letters)).toEqual(chanceFrom(7).shuffled(letters));
  });

  test('other than this one chooses otherwise', () => {
    expect(drawn(chanceFrom(7))).not.toBe(drawn(chanceFrom(8)));
    expect(drawn(chanceFrom('7/a'))).not.toBe(drawn(chanceFrom('7/b')));
  });

  test('draws fractions over all of what lies between 0 and 1', () => {
    const chance = chanceFrom(7);
    const tenths = Array.from({ length: 200 }, () => Math.floor(chance.fraction() * 10));
    expect(new Set(tenths)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
  });

  test('chooses the same in every version, so that a saved seed stays worth something', () => {
    expect(drawn(chanceFrom(1), 12)).toBe('crrgloqhqamp');
    expect(chanceFrom(1).of('order').shuffled(letters).join('')).toBe('volpbcfxrmgjhuqzesyntwdkia');
  });
});

describe('a part', () => {
  test('has chances of its own, whoever else has asked before', () => {
    const asked = chanceFrom(7);
    drawn(asked);
    drawn(asked.of('other'));
    expect(drawn(asked.of('part'))).toBe(drawn(chanceFrom(7).of('part')));
    expect(drawn(chanceFrom(7).of('part'))).not.toBe(drawn(chanceFrom(7).of('another')));
    expect(drawn(chanceFrom(7).of('a').of('b'))).toBe(drawn(chanceFrom(7).of('a/b')));
  });
});

test('every choice comes up, about as often as any other', () => {
  const counts = new Map<string, number>();
  for (const letter of drawn(chanceFrom(3), 26_000)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  expect(counts.size).toBe(26);
  for (const count of counts.values()) {
    expect(count).toBeGreaterThan(800);
    expect(count).toBeLessThan(1200);
  }
});

test('a shuffled list is the same list in another order', () => {
  const shuffled = chanceFrom(3).shuffled(letters);
  expect(shuffled.toSorted()).toEqual(letters);
  expect(shuffled).not.toEqual(letters);
  expect(chanceFrom(3).shuffled([])).toEqual([]);
  const first = Array.from({ length: 300 }, (_, seed) => chanceFrom(seed).shuffled(['a', 'b', 'c'])[0]);
  for (const letter of ['a', 'b', 'c']) {
    expect(first.filter((each) => each === letter).length).toBeGreaterThan(60);
  }
});

test('from nothing nothing is picked', () => {
  expect(() => chanceFrom(1).pick([])).toThrow('Nothing to pick from');
});

test('a run that was given no seed gets one that fits on the command line', () => {
  const seeds = Array.from({ length: 100 }, freshSeed);
  for (const seed of seeds) {
    expect(Number.isInteger(seed) && seed >= 1 && seed < 2 ** 31).toBe(true);
  }
  expect(new Set(seeds).size).toBeGreaterThan(95);
});

test('what nobody may guess is as long as asked, and never the same', () => {
  expect(unguessable(16)).toMatch(/^[0-9a-f]{32}$/);
  expect(unguessable(32)).toHaveLength(64);
  expect(new Set(Array.from({ length: 100 }, () => unguessable(16))).size).toBe(100);
});
