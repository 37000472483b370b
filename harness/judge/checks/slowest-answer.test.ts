import { expect, test } from 'vitest';
import { ACCEPTED } from '../../contract/contract.ts';
import { Story, type Episode } from '../history.fixture.ts';
import { slowestAnswer } from './slowest-answer.ts';

const judged = (episodes: readonly Partial<Episode>[], story = new Story()) => {
  story.begins('case', 0);
  for (const episode of episodes) story.exchange({ at: 1000, verdict: ACCEPTED, ...episode });
  return slowestAnswer.judge(story.view, { case: 'case', attempt: 1 });
};
const late = { until: 3001, label: 'late' } as const;

test('passes and tells of the slowest', () => {
  expect(judged([{ until: 1010 }, { until: 2900, to: 'replica-2', label: 'slow' }])).toEqual({
    outcome: 'pass',
    actual: 'slowest: answered after 1900 ms ("slow")',
    replica: 'replica-2',
  });
});

test.each<[string, Partial<Episode>, string]>([
  ['came too late', late, 'slowest: answered after 2001 ms ("late")'],
  ['never came', { ...late, lost: 'timeout' }, 'slowest: no answer after 2001 ms ("late")'],
])('fails where an answer %s', (_how, episode, actual) => {
  expect(judged([{}, episode])).toEqual({
    outcome: 'fail',
    expected: 'an answer within 2000 ms',
    actual,
    replica: 'replica-1',
  });
});

test('is in doubt where somebody stood still, and where nothing was sent', () => {
  const story = new Story();
  story.stall(2000, 2200);
  expect(judged([late], story)?.outcome).toBe('inconclusive');
  expect(judged([])?.outcome).toBe('inconclusive');
});

test('asks nothing of a replica that a fault kept from answering', () => {
  const story = new Story();
  story.broken({ store: 'sound', silences: 'replicas', phase: 'injecting', at: 500 });
  expect(judged([late], story)?.outcome).toBe('inconclusive');
});
