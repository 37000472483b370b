import { describe, expect, test } from 'vitest';
import { ACCEPTED } from '../contract/contract.ts';
import { Story, TOPOLOGY } from './history.fixture.ts';
import { dueAfter, stalledDuring, stalledWithin } from './standstill.ts';

const request = { at: 1000, until: 1010, verdict: ACCEPTED } as const;

describe('a request was under way while somebody stood still', () => {
  test.each([
    ['all through it', 900, 1100, true],
    ['into it', 900, 1001, true],
    ['from within it', 1009, 1100, true],
    ['and its effects lasted into it', 700, 800, true],
    ['but long before', 100, 750, false],
    ['but only after its answer', 1010, 1100, false],
  ])('%s', (_when, from, to, expected) => {
    const story = new Story();
    story.stall(from, to);
    expect(stalledDuring(story.view, story.exchange(request))).toBe(expected);
  });

  test('the replica that served it, or the store of its topology', () => {
    const story = new Story();
    story.topology('short');
    story.stall(900, 1100, { who: 'replica', topology: TOPOLOGY, replica: 'replica-2' });
    story.stall(900, 1100, { who: 'store', topology: 'short' });
    const stalled = (to: string, topology = TOPOLOGY, servedBy: string | null = to) =>
      stalledDuring(story.view, story.exchange({ ...request, to, topology, servedBy }));
    expect(stalled('replica-1')).toBe(false);
    expect(stalled('replica-2')).toBe(true);
    expect(stalled('balancer', TOPOLOGY, null)).toBe(true);
    expect(stalled('replica-1', 'short')).toBe(true);
  });

  test('and may still be, where nothing has come back', () => {
    const story = new Story();
    story.stall(50_000, 51_000);
    expect(stalledDuring(story.view, story.exchange({ at: 1000 }))).toBe(true);
  });
});

const span = { topology: TOPOLOGY, replica: 'replica-1', from: 1000, to: 2000 };

test('a time in which nobody stood still ends when it ends', () => {
  const story = new Story();
  expect(dueAfter(story.view, span)).toBe(2000);
  expect(stalledWithin(story.view, span)).toBe(false);
});

test('a standstill moves what is due by its length and what follows from it', () => {
  const story = new Story();
  story.stall(1500, 1600);
  expect(dueAfter(story.view, span)).toBe(2350);
});

test('of a standstill that began earlier only the rest counts', () => {
  const story = new Story();
  story.stall(0, 1100);
  expect(dueAfter(story.view, span)).toBe(2350);
});

test('a second standstill counts where the first has moved the end past its beginning', () => {
  const story = new Story();
  story.stall(2300, 2400);
  expect(dueAfter(story.view, span)).toBe(2000);
  story.stall(1500, 1600);
  expect(dueAfter(story.view, span)).toBe(2700);
});

test('what was never due is never due', () => {
  const story = new Story();
  story.stall(1500, 1600);
  expect(dueAfter(story.view, { ...span, to: Infinity })).toBe(Infinity);
});
