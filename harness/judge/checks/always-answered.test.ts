import { describe, expect, test } from 'vitest';
import { ACCEPTED } from '../../contract/contract.ts';
import { plannedCase, Story, TOPOLOGY, type Episode } from '../history.fixture.ts';
import { alwaysAnswered } from './always-answered.ts';

const judged = (
  episodes: readonly Partial<Episode>[],
  stalls: readonly [from: number, to: number][] = [],
) => {
  const story = new Story();
  for (const [from, to] of stalls) story.stall(from, to, { who: 'store', topology: TOPOLOGY });
  for (const episode of episodes) story.exchange({ at: 0, ...episode });
  return alwaysAnswered.judge(story.view);
};
const prompt = { until: 12.4, verdict: ACCEPTED } as const;

test('says nothing where nothing was sent', () => {
  expect(judged([])).toBeUndefined();
});

test('passes where every answer came in time, and says how slow the slowest was', () => {
  expect(judged([prompt, { until: 2000, verdict: 'SIGNER_UNAVAILABLE' }])).toEqual({
    outcome: 'pass',
    actual: 'slowest 2000 ms',
  });
});

test('a certificate refused in the handshake is an answer', () => {
  expect(judged([{ lost: 'alert', alert: 'unknown_ca', peer: null }])).toMatchObject({ outcome: 'pass' });
});

test('fails where an answer came too late', () => {
  expect(judged([prompt, { until: 2000.5, verdict: ACCEPTED, label: 'slow one' }])).toEqual({
    outcome: 'fail',
    reason: 'Request r2 (case: slow one) was not answered in time',
    expected: 'an answer within 2000 ms',
    actual: 'answered after 2001 ms',
    replica: 'replica-1',
  });
});

test('fails where none came in time', () => {
  expect(judged([{ until: 5000, lost: 'timeout', to: 'balancer' }])).toMatchObject({
    outcome: 'fail',
    actual: 'no answer after 5000 ms (socket closed)',
    replica: 'balancer',
  });
});

test('a standstill excuses what was under way, and nothing else', () => {
  const late = { until: 3000, verdict: ACCEPTED } as const;
  expect(judged([late], [[1000, 2000]])).toMatchObject({
    outcome: 'inconclusive',
    reason: 'Request r1 (case: as signed) was under way while somebody stood still',
  });
  expect(judged([late, { at: 10_000, until: 13_000, verdict: ACCEPTED }], [[1000, 2000]])).toMatchObject({
    outcome: 'fail',
    reason: expect.stringContaining('r2'),
  });
});

test('is in doubt where a connection ended without an answer', () => {
  expect(judged([prompt, { lost: 'reset' }])).toMatchObject({
    outcome: 'inconclusive',
    reason: 'Request r2 (case: as signed) was under way and the connection ended without an answer',
  });
});

test('is in doubt where the record ends before an answer', () => {
  expect(judged([prompt, {}])).toMatchObject({
    outcome: 'inconclusive',
    reason: 'Request r2 (case: as signed) was under way when the record ended',
  });
});

const ended = (kind: 'case' | 'procedure') => {
  const story = new Story({ planned: [plannedCase('case', { kind })] });
  story.exchange({ at: 100, verdict: ACCEPTED });
  const of = { case: 'case', topology: TOPOLOGY, replica: 'replica-2' };
  story.tell({ type: 'casualty', at: 500, ...of, evidence: 'its process is gone' });
  return alwaysAnswered.judge(story.view);
};

describe('a replica that ended by itself', () => {
  test('answers nobody', () => {
    expect(ended('case')).toEqual({
      outcome: 'fail',
      reason: 'replica-2 ended by itself (case)',
      expected: 'a replica that goes on serving',
      actual: 'its process is gone',
      replica: 'replica-2',
    });
  });

  test('is judged elsewhere where a change may have ended it', () => {
    expect(ended('procedure')).toMatchObject({ outcome: 'pass' });
  });
});
