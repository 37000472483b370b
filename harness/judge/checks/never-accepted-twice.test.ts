import { expect, test } from 'vitest';
import { ACCEPTED } from '../../contract/contract.ts';
import { factsOf, holding, Story, type Episode } from '../history.fixture.ts';
import { neverAcceptedTwice } from './never-accepted-twice.ts';

const nonce = 'the-nonce-in-question';
const TTL = holding.nonceTtlSeconds * 1000;

const judged = (...episodes: readonly Partial<Episode>[]) => {
  const story = new Story();
  story.topology('short');
  for (const episode of episodes) story.exchange({ at: 0, nonce, verdict: ACCEPTED, ...episode });
  return neverAcceptedTwice.judge(story.view);
};

test('says nothing where nothing was accepted', () => {
  expect(judged()).toBeUndefined();
  expect(judged({ verdict: 'REPLAY_NONCE_USED' })).toBeUndefined();
});

test('passes where each nonce was accepted once', () => {
  expect(judged({}, { at: 100, verdict: 'REPLAY_NONCE_USED' }, { nonce: 'another-nonce-16b' })).toEqual({
    outcome: 'pass',
  });
});

test('fails where one was accepted twice, whoever sent it and why', () => {
  expect(judged({ to: 'replica-1' }, { at: 500.4, to: 'replica-2', case: 'elsewhere' })).toEqual({
    outcome: 'fail',
    reason: 'Requests r1 and r2 (elsewhere) spend the same nonce and were both accepted',
    expected: 'one acceptance within the time to live',
    actual: 'accepted by replica-1 and 500 ms later by replica-2',
    replica: 'replica-2',
  });
});

test('passes where the time to live lay between', () => {
  expect(judged({}, { at: TTL + 50 })?.outcome).toBe('pass');
});

test('passes where it may have lain between', () => {
  expect(judged({ until: 100 }, { at: TTL - 50, until: TTL + 50 })?.outcome).toBe('pass');
  expect(judged({ until: 100 }, { at: TTL - 50, until: TTL - 40 })?.outcome).toBe('fail');
});

test('passes where the store was made to forget in between, and only there', () => {
  const story = new Story();
  story.exchange({ at: 0, nonce, verdict: ACCEPTED });
  story.broken({ store: 'forgetful', phase: 'injecting', at: 100 });
  story.broken({ store: 'forgetful', phase: 'healed', at: 200 });
  story.exchange({ at: 300, nonce, verdict: ACCEPTED });
  expect(neverAcceptedTwice.judge(story.view)?.outcome).toBe('pass');
  story.exchange({ at: 400, nonce, verdict: ACCEPTED });
  expect(neverAcceptedTwice.judge(story.view)?.outcome).toBe('fail');
});

test('whichever of two that were under way together the store saw first', () => {
  // The first may have lain in a queue until what the second had spent was over.
  expect(judged({ until: TTL + 500 }, { at: 100, until: 200 })?.outcome).toBe('pass');
  expect(judged({ until: TTL - 500 }, { at: 100, until: 200 })?.outcome).toBe('fail');
});

test('finds a pair behind one that decides nothing', () => {
  const slow = { at: 50, until: 10 * TTL } as const;
  expect(judged({ at: 0 }, slow, { at: 100 })).toMatchObject({
    outcome: 'fail',
    actual: 'accepted by replica-1 and 100 ms later by replica-1',
  });
});

test('topologies and clients have nonces of their own', () => {
  expect(judged({}, { at: 100, topology: 'short' }, { at: 200, client: 'other' })).toEqual({
    outcome: 'pass',
  });
});

test('a request that may be read in several ways may have spent another nonce', () => {
  const { readings } = factsOf();
  const twice = factsOf({
    facts: { readings: ['n-1', nonce].map((each) => ({ ...readings[0]!, nonce: each })) },
  });
  expect(judged({}, { at: 100, facts: twice })).toEqual({ outcome: 'pass' });
});

test('a shorter time to live that may have held by then counts', () => {
  const story = new Story();
  story.exchange({ at: 0, nonce, verdict: ACCEPTED });
  story.state('begun', 50, { ...holding, nonceTtlSeconds: 1 }, { deadline: 60 });
  story.exchange({ at: 2000, nonce, verdict: ACCEPTED });
  story.exchange({ at: 4000, nonce, verdict: ACCEPTED });
  // The first was spent for two minutes; the later ones for a second each.
  expect(neverAcceptedTwice.judge(story.view)).toMatchObject({
    outcome: 'fail',
    reason: expect.stringMatching(/^Requests r1 and r2/),
  });
});
