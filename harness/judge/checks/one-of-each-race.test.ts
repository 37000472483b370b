import { expect, test } from 'vitest';
import { ACCEPTED } from '../../contract/contract.ts';
import { Story, type Episode } from '../history.fixture.ts';
import { oneOfEachRace } from './one-of-each-race.ts';

type Runner = Partial<Episode>;

/** Each round is a race of requests with one nonce, sent together. */
const judged = (rounds: readonly (readonly Runner[])[], before: (story: Story) => void = () => undefined) => {
  const story = new Story();
  before(story);
  for (const [index, runners] of rounds.entries()) {
    const at = 1000 * (index + 1);
    const nonce = `nonce-of-round-${index + 1}`;
    const requests = runners.map((runner, lane) => {
      const to = lane % 2 === 0 ? 'replica-1' : 'replica-2';
      return story.exchange({ at, until: at + 50 + lane, nonce, to, ...runner }).request.id;
    });
    story.tell({ type: 'race', at, case: 'case', attempt: 1, requests });
  }
  return oneOfEachRace.judge(story.view, { case: 'case', attempt: 1 });
};
const won: Runner = { verdict: ACCEPTED };
const lost: Runner = { verdict: 'REPLAY_NONCE_USED' };

test('passes where each round has one winner', () => {
  expect(
    judged([
      [lost, won, lost],
      [won, lost],
    ]),
  ).toEqual({
    outcome: 'pass',
    actual: 'one acceptance in each of 2 rounds',
  });
});

test('fails where a round has two, and says by whom and in how many rounds', () => {
  const two = [won, won, lost];
  expect(judged([[won, lost], two, two])).toEqual({
    outcome: 'fail',
    reason: 'Round 2; 2 of 3 rounds',
    expected: '1 acceptance among 3 identical requests',
    actual: '2, by replica-1 and replica-2',
  });
});

test('fails where two were accepted, though the fate of a third is unknown', () => {
  expect(judged([[won, won, { lost: 'reset' }]])?.outcome).toBe('fail');
});

test('fails where a loser is refused as something else', () => {
  expect(judged([[won, { verdict: 'INTERNAL_ERROR' }]])).toMatchObject({
    outcome: 'fail',
    actual: expect.stringMatching(/^INTERNAL_ERROR/),
  });
});

test('fails where all of them are refused as replays', () => {
  expect(judged([[lost, lost, lost]])).toMatchObject({
    outcome: 'fail',
    actual: expect.stringMatching(/^REPLAY_NONCE_USED/),
  });
});

test('is in doubt where the winner may be the one that was lost', () => {
  expect(judged([[lost, lost, { lost: 'reset' }]])).toMatchObject({
    outcome: 'inconclusive',
    reason: 'Round 1: not every request has a known outcome',
  });
  expect(judged([[won, lost, { lost: 'reset' }]])?.outcome).toBe('inconclusive');
});

test('is in doubt where none won and none was wrong: something else had a say in it', () => {
  const limited: Runner = { verdict: 'RATE_LIMITED' };
  const away: Runner = { verdict: 'SIGNER_UNAVAILABLE' };
  const doubt = {
    outcome: 'inconclusive',
    reason: 'Round 1: none was accepted, and each may be right',
  };
  expect(judged([[limited, limited]])).toEqual(doubt);
  expect(judged([[away, away]], (story) => story.stall(900, 1100))).toEqual(doubt);
  expect(judged([[away, away]], (story) => story.fault('injecting', 900))).toEqual(doubt);
  expect(judged([[away, away]])?.outcome).toBe('fail');
});

test('is in doubt where no race was run', () => {
  expect(judged([])).toEqual({ outcome: 'inconclusive', reason: 'No race was run' });
});
