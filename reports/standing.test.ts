import { expect, test } from 'vitest';
import type { Outcome } from '../harness/judge/findings.ts';
import { clauses, finding } from './results.fixture.ts';
import { sentenceOf, standingOf, wordFor, worstStanding } from './standing.ts';

test('only a MUST can break a rotation or leave it in doubt', () => {
  expect(standingOf({ level: 'must', outcome: 'fail' })).toBe('broken');
  expect(standingOf({ level: 'should', outcome: 'fail' })).toBe('not-met');
  expect(standingOf({ level: 'must', outcome: 'inconclusive' })).toBe('in-doubt');
  expect(standingOf({ level: 'should', outcome: 'inconclusive' })).toBe('undecided');
  expect(standingOf({ level: 'must', outcome: 'error' })).toBe('in-doubt');
  expect(standingOf({ level: 'should', outcome: 'error' })).toBe('undecided');
});

const worstOf = (...outcomes: Outcome[]) =>
  worstStanding(outcomes.map((outcome) => finding('a-case', 'replay/shared', { outcome })));

test('the worst finding on a clause decides what becomes of it', () => {
  expect(worstOf('pass', 'fail', 'inconclusive')).toBe('broken');
  expect(worstOf('pass', 'inconclusive')).toBe('in-doubt');
  expect(worstOf('not-applicable', 'pass')).toBe('kept');
  expect(worstOf('not-applicable')).toBe('not-applicable');
  expect(worstOf()).toBeUndefined();
});

test('trouble of the harness is never called doubt about the signer', () => {
  expect(wordFor(finding('a-case', 'replay/shared', { outcome: 'error' }))).toBe('error');
  expect(wordFor(finding('a-case', 'replay/shared', { outcome: 'inconclusive' }))).toBe('in doubt');
});

test('a precondition has a sentence though no contract promises it', () => {
  expect(sentenceOf('replay/shared', clauses)).toMatch(/every replica/);
  expect(sentenceOf('precondition/store', clauses)).toBe(
    'What every verdict of this run rests on must hold.',
  );
});
