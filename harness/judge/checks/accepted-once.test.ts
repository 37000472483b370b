import { expect, test } from 'vitest';
import { ACCEPTED } from '../../contract/contract.ts';
import { Story, type Episode } from '../history.fixture.ts';
import { acceptedOnce } from './accepted-once.ts';

const judged = (episodes: readonly Partial<Episode>[], story = new Story()) => {
  story.begins('case', 0);
  for (const [index, episode] of episodes.entries())
    story.exchange({ at: 1000 * (index + 1), verdict: ACCEPTED, ...episode });
  return acceptedOnce.judge(story.view, { case: 'case', attempt: 1 });
};
const nonce = 'the-same-nonce-twice';

test('passes where every nonce was accepted once', () => {
  expect(judged([{}, {}])).toEqual({ outcome: 'pass' });
  expect(judged([{ nonce }, { nonce, verdict: 'REPLAY_NONCE_USED' }])).toEqual({ outcome: 'pass' });
});

test('fails where one was accepted twice, and says by whom', () => {
  expect(judged([{ nonce }, { nonce, to: 'replica-2' }])).toMatchObject({
    outcome: 'fail',
    actual: 'accepted by replica-1 and 1000 ms later by replica-2',
  });
});

const forgotten = () => {
  const story = new Story();
  story.broken({ store: 'forgetful', phase: 'injecting', at: 1500 });
  story.broken({ store: 'forgetful', phase: 'healed', at: 1600 });
  return story;
};

test('a nonce that the store was made to forget may be accepted once more, and no more than that', () => {
  expect(judged([{ nonce }, { nonce }], forgotten())).toEqual({ outcome: 'pass' });
  expect(judged([{ nonce }, { nonce }, { nonce }], forgotten())?.outcome).toBe('fail');
});

test('is in doubt where nothing was accepted, and what others sent is none of its business', () => {
  expect(judged([{ verdict: 'SIGNER_UNAVAILABLE' }, { attempt: 2 }, { case: 'other' }])?.outcome).toBe(
    'inconclusive',
  );
});
