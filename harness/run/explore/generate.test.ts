import { expect, test } from 'vitest';
import { faults } from '../../faults/list.ts';
import { chanceFrom } from '../../seed.ts';
import { type ActionKind, actionSchema, weights } from './action.ts';
import { LENGTH, scheduleBy } from './generate.ts';

const names = faults.map(({ name }) => name);
const schedule = (seed: number, number: number, of = names) =>
  scheduleBy(chanceFrom(seed).of(`schedule/${number}`), of);

test('a seed stands for the same schedules each time, and for others than another seed', () => {
  expect(schedule(7, 3)).toEqual(schedule(7, 3));
  expect(schedule(7, 3)).not.toEqual(schedule(7, 4));
  expect(schedule(7, 3)).not.toEqual(schedule(8, 3));
});

test('every action of a schedule is one that can be saved', () => {
  const { actions } = schedule(1, 1);
  expect(actions).toHaveLength(LENGTH);
  for (const action of actions)
    expect(actionSchema.parse(JSON.parse(JSON.stringify(action)))).toEqual(action);
});

test('kinds come as often as their weights say', () => {
  const all = Array.from({ length: 400 }, (_, number) => schedule(1, number).actions).flat();
  const whole = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  for (const [kind, weight] of Object.entries(weights)) {
    const share = all.filter((action) => action.do === (kind as ActionKind)).length / all.length;
    expect(Math.abs(share - weight / whole), kind).toBeLessThan(0.02);
  }
});

test('of faults that differ in a detail all together are as likely as another', () => {
  const some = ['store-slow', 'store-error-oom', 'store-error-readonly', 'store-error-loading'];
  const all = Array.from({ length: 400 }, (_, number) => schedule(1, number, some).actions).flat();
  const injected = all.flatMap((action) => (action.do === 'inject' ? [action.fault] : []));
  const slow = injected.filter((name) => name === 'store-slow').length / injected.length;
  expect(Math.abs(slow - 1 / 2)).toBeLessThan(0.05);
});

test('where nothing can be broken, nothing is injected', () => {
  const all = Array.from({ length: 50 }, (_, number) => schedule(1, number, []).actions).flat();
  expect(all.length).toBe(50 * LENGTH);
  expect(all.some((action) => action.do === 'inject')).toBe(false);
});
