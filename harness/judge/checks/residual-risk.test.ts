import { expect, test } from 'vitest';
import { ACCEPTED, type Verdict } from '../../contract/contract.ts';
import { Story } from '../history.fixture.ts';
import { residualRisk } from './residual-risk.ts';

/** Nonces that are spent before the store forgets, at 2000, and what each is answered when it is sent again. */
const judged = (again: readonly (Verdict | undefined)[]) => {
  const story = new Story();
  story.begins('case', 0);
  for (const index of again.keys())
    story.exchange({ at: 1000 + index, verdict: ACCEPTED, nonce: `nonce-number-00000${index}` });
  story.broken({ store: 'forgetful', phase: 'injecting', at: 2000 });
  story.broken({ store: 'forgetful', phase: 'witnessed', at: 2010 });
  story.broken({ store: 'forgetful', phase: 'healed', at: 2020 });
  for (const [index, verdict] of again.entries())
    if (verdict) story.exchange({ at: 3000 + 100 * index, verdict, nonce: `nonce-number-00000${index}` });
  story.exchange({ at: 5000, verdict: ACCEPTED });
  return residualRisk.judge(story.view, { case: 'case', attempt: 1 });
};

test('tells how many were accepted again, and for how long', () => {
  expect(judged([ACCEPTED, 'REPLAY_NONCE_USED', ACCEPTED, 'AUTH_TIMESTAMP_SKEW'])).toEqual({
    outcome: 'pass',
    actual:
      'residual risk: 2 of 4 spent nonces were accepted again, the last of them 1200 ms after it forgot',
  });
});

test('tells so where none was', () => {
  expect(judged(['REPLAY_NONCE_USED'])).toEqual({
    outcome: 'pass',
    actual: 'residual risk: 0 of 1 spent nonces were accepted again',
  });
});

test('is in doubt where none was sent again, and says nothing without a fault', () => {
  expect(judged([undefined])?.outcome).toBe('inconclusive');
  const story = new Story();
  story.begins('case', 0);
  expect(residualRisk.judge(story.view, { case: 'case', attempt: 1 })).toBeUndefined();
});
