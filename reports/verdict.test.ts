import { expect, test } from 'vitest';
import { clauses, everything, finding, holding, resultsOf } from './results.fixture.ts';
import { verdictOf, verdictWords } from './verdict.ts';

const wordsFor = (findings: typeof everything, exitCode?: number) =>
  verdictWords(resultsOf(findings, exitCode).findings, clauses);

const short = finding('a-code', 'answers/codes', { outcome: 'fail' });
const broken = finding('a-nonce', 'replay/shared', { outcome: 'fail' });
const doubtful = finding('an-outage', 'replay/fail-closed', { outcome: 'inconclusive' });

test.each([
  [0, 'green'],
  [1, 'red'],
  [2, 'not-started'],
  [3, 'not-started'],
  [4, 'in-doubt'],
  [130, 'interrupted'],
])('exit code %d stands for %s', (exitCode, verdict) => {
  expect(verdictOf(exitCode)).toBe(verdict);
});

test('a signer that keeps every MUST may rotate', () => {
  expect(wordsFor(holding)).toMatchObject({
    tone: 'good',
    headline: 'This signer may rotate: every MUST that applies holds',
    next: 'Go ahead with the rotation.',
  });
});

test('a SHOULD that is not met stops nobody and is told', () => {
  const words = wordsFor([...holding, short]);
  expect(words.tone).toBe('good');
  expect(words.next).toContain('1 SHOULD clause not met');
});

test('a run that judged only some clauses gives no leave to rotate', () => {
  const words = wordsFor(holding.filter(({ clause }) => clause !== 'replay/shared'));
  expect(words).toMatchObject({ verdict: 'green', tone: 'doubt' });
  expect(words.headline).toContain('1 of 5 MUST clauses was not judged');
});

test('what only a drill can decide keeps no gate from giving leave', () => {
  const more = { id: 'rotation/overlap', level: 'must', sentence: 'Both count.', drilled: true } as const;
  const words = verdictWords(resultsOf(holding).findings, [...clauses, more]);
  expect(words.headline).toBe('This signer may rotate: every MUST that applies holds');
});

test('broken clauses are counted, not the findings on them', () => {
  const again = { ...broken, id: 'another-nonce' };
  expect(wordsFor([...holding, broken, again])).toMatchObject({
    tone: 'bad',
    headline: 'This signer may not rotate: 1 clause broken',
    next: 'Do not rotate. Mend what failed and run the gate again.',
  });
  expect(wordsFor([broken, doubtful]).next).toContain('1 MUST clause in doubt may hide more');
});

test('a precondition that fails is no clause that the signer broke', () => {
  const failed = finding('replicas-differ', 'precondition/replicas', { outcome: 'fail' });
  expect(wordsFor([failed]).headline).toBe(
    'Nothing may be concluded: 1 precondition does not hold, so no pass counts',
  );
  const both = wordsFor([failed, broken]);
  expect(both.headline).toBe('This signer may not rotate: 1 clause broken');
  expect(both.next).toMatch(/Some of it may not be the signer's doing: replicas-differ does not hold\.$/);
  expect(wordsFor([failed], 130).tone).toBe('doubt');
});

test('doubt, and nothing to judge, conclude nothing', () => {
  expect(wordsFor([...holding, doubtful]).headline).toBe('Nothing may be concluded: 1 MUST clause in doubt');
  expect(wordsFor([]).headline).toBe('Nothing may be concluded: no clause was judged');
});

test('what broke before an interruption stays broken', () => {
  expect(wordsFor(holding, 130)).toMatchObject({
    tone: 'doubt',
    headline: 'Nothing may be concluded: the run was interrupted',
  });
  expect(wordsFor([...holding, broken], 130)).toMatchObject({
    tone: 'bad',
    headline: 'This signer may not rotate: 1 clause broken before the run was interrupted',
  });
});

test('a run that never began says whose mistake it was', () => {
  expect(wordsFor([], 2).headline).toContain('the command line, the adapter or a file');
  expect(wordsFor([], 3).headline).toContain('the topology could not be brought up');
});

test('a drill is a rehearsal: it judges what a rotation may break, and says so', () => {
  const { findings } = resultsOf(holding.slice(0, 3));
  expect(verdictWords(findings, clauses, 'drill')).toMatchObject({
    tone: 'good',
    headline: 'The drill went through: every MUST held, on the way and on the way back',
    next: 'Rotate as it was rehearsed.',
  });
  expect(verdictWords(resultsOf([...holding, short]).findings, clauses, 'drill').next).toContain(
    '1 SHOULD clause not met',
  );
  expect(verdictWords(resultsOf([broken]).findings, clauses, 'drill').next).toContain('run the drill again');
});
