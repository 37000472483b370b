import { expect, test } from 'vitest';
import { ACCEPTED } from '../../contract/contract.ts';
import { Story, type Episode } from '../history.fixture.ts';
import { refusalsAlike } from './refusals-alike.ts';

const judged = (...episodes: readonly Partial<Episode>[]) => {
  const story = new Story();
  for (const episode of episodes) story.exchange({ at: 0, ...episode });
  return refusalsAlike.judge(story.view);
};
const worded = (words: object): Partial<Episode> => ({
  answer: { status: 401, body: JSON.stringify(words) },
});
const refusal = { error: 'no', errorCode: 'AUTH_INVALID_HMAC', requestId: 'r-1', retryable: false };

test('says nothing where no stranger was refused', () => {
  expect(judged()).toBeUndefined();
  expect(judged({ verdict: ACCEPTED }, { verdict: 'SIGNER_UNAVAILABLE' }, { lost: 'reset' })).toBeUndefined();
});

test('passes where refusals differ in code, words and request id only', () => {
  const other = { error: 'unknown', errorCode: 'AUTH_INVALID_CLIENT', requestId: 'r-2', retryable: false };
  expect(judged(worded(refusal), worded(other))).toEqual({ outcome: 'pass' });
});

test('fails where they differ in anything else', () => {
  const telling = { ...refusal, errorCode: 'AUTH_INVALID_CLIENT', retryable: true };
  expect(judged({ ...worded(refusal), label: 'a' }, { ...worded(telling), label: 'b' })).toEqual({
    outcome: 'fail',
    reason: 'Refusals differ: "case: a" against "case: b"',
    expected: expect.stringContaining('["retryable",false]'),
    actual: expect.stringContaining('["retryable",true]'),
  });
});
