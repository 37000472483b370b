import { expect, test } from 'vitest';
import { COURSE, Story } from '../history.fixture.ts';
import type { EventOf } from '../events.ts';
import { Spending } from './spending.ts';
import { Spendings } from './spendings.ts';

const story = new Story();
story.stream({ id: 's' });
const [stream] = story.view.all('stream') as [EventOf<'stream'>];
const RETENTION_MS = 60_000;

function spent(
  spendings: Spendings,
  key: string,
  at: number,
  how: 'accepted' | 'open' | 'cancelled' | 'under way',
) {
  const spending = new Spending(`q${at}`, { stream, replica: 'replica-1', from: at, oneKey: true });
  spendings.begins(spending, [key]);
  if (how === 'under way') return;
  spending.to = at + 10;
  if (how === 'accepted') spendings.accept(story.view, spending, [key]);
  if (how === 'cancelled') spendings.cancel(spending, [key]);
}

const fresh = (): Spendings => {
  const spendings = new Spendings();
  spendings.retains(RETENTION_MS);
  return spendings;
};

test('what was let in is remembered as it was', () => {
  const spendings = fresh();
  spent(spendings, 'k', 100, 'accepted');
  expect(spendings.of('k')).toMatchObject([
    { id: 'q100', stream: { case: COURSE }, replica: 'replica-1', from: 100, to: 110, accepted: true },
  ]);
  expect(spendings.of('other')).toEqual([]);
});

test('what surely spent nothing is not', () => {
  const spendings = fresh();
  spent(spendings, 'k', 100, 'accepted');
  spent(spendings, 'k', 200, 'cancelled');
  expect(spendings.of('k')).toHaveLength(1);
});

test('what was let in is forgotten once nothing can be left of it, and what is open after twice that time', () => {
  const spendings = fresh();
  spent(spendings, 'accepted', 100, 'accepted');
  spent(spendings, 'open', 100, 'open');
  const knownAt = (now: number) => {
    spent(spendings, `at ${now}`, now, 'cancelled');
    return ['accepted', 'open'].map((key) => spendings.of(key).length);
  };
  expect(knownAt(60_000)).toEqual([1, 1]);
  expect(knownAt(75_000)).toEqual([0, 1]);
  expect(knownAt(135_000)).toEqual([0, 0]);
});

test('rows of what was forgotten are used again, and nothing is mixed up', () => {
  const spendings = fresh();
  for (let at = 0; at < 200_000; at += 20) spent(spendings, `k${at}`, at, 'accepted');
  expect(spendings.of('k0')).toEqual([]);
  for (let at = 198_000; at < 200_000; at += 20)
    expect(spendings.of(`k${at}`)[0]).toMatchObject({ from: at });
});

test('two that were let in make a pair, whichever of them was answered first', () => {
  const spendings = fresh();
  spent(spendings, 'k', 100, 'accepted');
  expect(spendings.twice(story.view)).toBeUndefined();
  spent(spendings, 'k', 50, 'accepted');
  expect(spendings.twice(story.view)?.map(({ from }) => from)).toEqual([50, 100]);
  expect(spendings.twice(story.view, 'another course')).toBeUndefined();
});
