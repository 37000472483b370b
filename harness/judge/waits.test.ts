import { expect, test } from 'vitest';
import { Story } from './history.fixture.ts';
import { contractWaitsMs } from './waits.ts';

const waited = (...intervals: [at: number, ms: number][]): number => {
  const story = new Story();
  for (const [at, ms] of intervals)
    story.tell({ type: 'wait', at, case: 'case', attempt: 1, ms, why: 'a time to live' });
  return contractWaitsMs(story.view);
};

test('a run that waited for nothing waited no time', () => {
  expect(waited()).toBe(0);
});

test('waits that follow each other add up', () => {
  expect(waited([0, 100], [500, 50.4])).toBe(150);
});

test('waits beside each other count once, in whatever order they were written', () => {
  expect(waited([0, 100], [50, 100])).toBe(150);
  expect(waited([50, 100], [0, 100])).toBe(150);
  expect(waited([0, 1000], [200, 100], [900, 200])).toBe(1100);
});
