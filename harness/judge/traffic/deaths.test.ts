import { expect, test } from 'vitest';
import { ACCEPTED } from '../../contract/contract.ts';
import type { Holding } from '../../contract/signer-auth-v1/holding.ts';
import { COURSE, holding, Story } from '../history.fixture.ts';

const REFUSED = 'AUTH_INVALID_HMAC';
const allowing = (...secrets: string[]): Holding => ({
  ...holding,
  clients: [['one', secrets.map((secret) => `one/${secret}`)]],
});

/** The current secret goes from the first replica at 1000 and from the second at 1500. */
function removal(): Story {
  const story = new Story();
  story.begins(COURSE);
  for (const to of ['replica-1', 'replica-2']) story.stream({ id: to, to });
  story.stream({ id: 'fresh', mode: 'fresh' });
  for (const id of ['replica-1', 'replica-2', 'fresh']) story.sends(id, { at: 900, verdict: ACCEPTED });
  story.state('begun', 1000, allowing('next'), { deadline: 2000 });
  story.sends('replica-1', { at: 1100, until: 1120, verdict: ACCEPTED });
  story.sends('fresh', { at: 1110, verdict: REFUSED });
  story.state('begun', 1500, allowing('next'), { replica: 'replica-2', deadline: 2500 });
  story.sends('replica-2', { at: 1600, until: 1640, verdict: ACCEPTED });
  for (const id of ['replica-1', 'replica-2']) story.sends(id, { at: 1700, verdict: REFUSED });
  return story;
}

const deathsOf = (story: Story) =>
  story.view.traffic
    .tallies()[0]!
    .deaths.map(({ replica, mode, afterMs, boundMs }) => [replica, mode, afterMs, boundMs]);

test('are counted from where the change began first, at each replica and on each kind of connection', () => {
  expect(deathsOf(removal())).toEqual([
    ['replica-1', 'kept', 120, 1000],
    ['replica-1', 'fresh', 0, 1000],
    ['replica-2', 'kept', 640, 1500],
  ]);
});

test('are not of what nobody asked for since', () => {
  const story = new Story();
  story.stream({ id: 's' });
  story.sends('s', { at: 900, verdict: ACCEPTED });
  story.state('begun', 1000, allowing('next'), { deadline: 2000 });
  expect(deathsOf(story)).toEqual([]);
});

test('are not of what was given back before it had to be gone', () => {
  const story = removal();
  story.state('begun', 1800, holding);
  expect(deathsOf(story)).toEqual([['replica-2', 'kept', 640, 1500]]);
});

test('stand where it was given back later, and the next one is counted anew', () => {
  const story = removal();
  story.state('begun', 3000, holding, { deadline: 3500 });
  story.sends('replica-1', { at: 4000, verdict: ACCEPTED });
  story.state('begun', 5000, allowing('next'), { deadline: 6000 });
  story.sends('replica-1', { at: 5100, until: 5130, verdict: ACCEPTED });
  expect(deathsOf(story)).toContainEqual(['replica-1', 'kept', 120, 1000]);
  expect(deathsOf(story)).toContainEqual(['replica-1', 'kept', 130, 1000]);
});

test('are as bounded as the signer declares where a change names no deadline', () => {
  const story = new Story();
  story.stream({ id: 's' });
  story.sends('s', { at: 900, verdict: ACCEPTED });
  story.state('begun', 1000, allowing('next'));
  story.sends('s', { at: 1100, verdict: REFUSED });
  expect(deathsOf(story)).toEqual([['replica-1', 'kept', 0, 5000]]);
});
