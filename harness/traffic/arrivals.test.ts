import { expect, test } from 'vitest';
import { chanceFrom } from '../seed.ts';
import { arrivals, type Pace } from './arrivals.ts';

const steady: Pace = { perSecond: 50, lastsMs: 2000, count: 1000 };
const dueTimes = (pace: Pace, seed: number | string = 1): number[] => [...arrivals(pace, chanceFrom(seed))];

test('at a constant pace each request is due somewhere in its own slot', () => {
  const due = dueTimes(steady);

  expect(due).toHaveLength(100);
  for (const [index, at] of due.entries()) expect(Math.floor(at / 20)).toBe(index);
  expect(new Set(due.map((at) => (at % 20).toFixed(6))).size).toBeGreaterThan(50);
});

test('a seed gives the same times again, and another one others', () => {
  expect(dueTimes(steady, 7)).toEqual(dueTimes(steady, 7));
  expect(dueTimes(steady, 8)).not.toEqual(dueTimes(steady, 7));
});

test.each([
  ['up', 0, 100],
  ['down', 100, 20],
])('on a ramp that goes %s as many are due by any time as the rate adds up to', (_way, from, perSecond) => {
  const due = dueTimes({ perSecond, ramp: { from, ms: 1000 }, lastsMs: 3000, count: 1000 });

  const within = (to: number): number => due.filter((at) => at < to).length;
  const half = from + (perSecond - from) / 2;
  expect(Math.abs(within(500) - (from + half) / 4)).toBeLessThanOrEqual(1);
  expect(Math.abs(within(1000) - half)).toBeLessThanOrEqual(1);
  expect(Math.abs(within(3000) - (half + 2 * perSecond))).toBeLessThanOrEqual(1);
  expect(due).toEqual(due.toSorted((a, b) => a - b));
});

test('it is over after its time and after its count', () => {
  expect(dueTimes({ ...steady, count: 30 })).toHaveLength(30);
  expect(dueTimes({ ...steady, lastsMs: 100 }).at(-1)).toBeLessThanOrEqual(100);
});
