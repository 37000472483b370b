import { describe, expect, test } from 'vitest';
import { ACCEPTED } from '../../contract/contract.ts';
import type { Holding } from '../../contract/signer-auth-v1/holding.ts';
import { signerAuthV1 } from '../../contract/signer-auth-v1/signer-auth-v1.ts';
import { alwaysAnswered } from '../checks/always-answered.ts';
import { neverAcceptedTwice } from '../checks/never-accepted-twice.ts';
import { COURSE, holding, plannedCheck, plannedClause, Story, TOPOLOGY } from '../history.fixture.ts';
import { judge } from '../judge.ts';
import { View } from '../view.ts';

const REFUSED = 'AUTH_INVALID_HMAC';

const nextOnly: Holding = { ...holding, clients: [['one', ['one/next']]] };

/** Honest clients and a rogue, before and after the secret of the honest is removed. */
function rehearsed(honest = true): Story {
  const clauses = ['secrets/others-refused', 'rotation/no-downtime', 'rotation/replicas-agree'];
  const planned = [
    ...clauses.map((clause) => plannedClause(clause)),
    plannedCheck('always-answered', 'answers/bounded'),
  ];
  const story = new Story({ planned });
  story.begins(COURSE);
  story.stream({ id: 'honest', credential: 'honest clients', honest });
  story.stream({ id: 'rogue', to: 'replica-2', with: 'one/rogue' });
  story.stream({ id: 'new', to: 'balancer', mode: 'fresh', with: 'one/current' });
  story.sends('honest', { at: 100, verdict: ACCEPTED });
  story.sends('honest', { at: 300, gone: 'reset' });
  story.sends('rogue', { at: 350, verdict: REFUSED });
  story.sends('new', { at: 400, gone: 'unreachable' });
  story.sends('honest', { at: 700, verdict: REFUSED });
  story.state('begun', 1000, nextOnly, { deadline: 2000 });
  story.sends('honest', { at: 1200, until: 1234, verdict: ACCEPTED });
  story.sends('honest', { at: 2500, verdict: ACCEPTED });
  story.stall(2490, 2510, { who: 'replica', topology: TOPOLOGY, replica: 'replica-1' });
  story.sends('honest', { at: 3500, verdict: ACCEPTED });
  story.sends('honest', { at: 3600, verdict: REFUSED });
  story.ends(COURSE, 4000);
  return story;
}

describe('the tally of a course', () => {
  const [tally] = rehearsed().view.traffic.tallies();

  test('counts each request once, by credential', () => {
    expect(tally!.credentials).toEqual([
      {
        credential: 'honest clients',
        honest: true,
        counts: { accepted: 2, refused: 1, wronglyAccepted: 2, wronglyRefused: 1, unserved: 0, unknown: 1 },
      },
      {
        credential: 'one/rogue',
        honest: false,
        counts: { accepted: 0, refused: 1, wronglyAccepted: 0, wronglyRefused: 0, unserved: 0, unknown: 0 },
      },
      {
        credential: 'one/current',
        honest: false,
        counts: { accepted: 0, refused: 0, wronglyAccepted: 0, wronglyRefused: 0, unserved: 1, unknown: 0 },
      },
    ]);
  });

  test('spans the course, and says what honest clients met with', () => {
    expect(tally).toMatchObject({ case: COURSE, topology: TOPOLOGY, from: 100, to: 3610 });
    expect(tally!.honest).toEqual({ served: 4, unserved: 3, longestGapMs: 1276 });
  });

  test('says when a credential died and how long it might have lived, but of what honest clients show', () => {
    expect(tally!.deaths).toEqual([]);
    expect(rehearsed(false).view.traffic.tallies()[0]!.deaths).toEqual([
      { credential: 'honest clients', replica: 'replica-1', mode: 'kept', afterMs: 2510, boundMs: 1000 },
    ]);
  });

  test('draws the same counts over time', () => {
    const { from, slotMs, rows } = tally!.timeline;
    expect({ from, slotMs }).toEqual({ from: 100, slotMs: 100 });
    for (const [index, { counts, credential }] of tally!.credentials.entries()) {
      expect(rows[index]!.credential).toBe(credential);
      const sum = rows[index]!.slots.reduce((all, slot) => all + slot.accepted + slot.wronglyAccepted, 0);
      expect(sum).toBe(counts.accepted + counts.wronglyAccepted);
    }
    expect(rows[0]!.slots[2]!.unknown).toBe(1);
  });

  test('moves what a standstill excused from wrong to right', () => {
    const story = rehearsed();
    story.stall(3490, 3520, { who: 'replica', topology: TOPOLOGY, replica: 'replica-1' });
    expect(story.view.traffic.tallies()[0]!.credentials[0]!.counts.wronglyAccepted).toBe(2);
    story.stall(1900, 3530, { who: 'replica', topology: TOPOLOGY, replica: 'replica-1' });
    expect(story.view.traffic.tallies()[0]!.credentials[0]!.counts).toMatchObject({
      accepted: 4,
      wronglyAccepted: 0,
    });
  });
});

test('a run judged while it goes on and the same run judged from its record give the same findings', () => {
  const live = rehearsed();
  const saved = new View(signerAuthV1);
  for (const event of structuredClone(live.events)) {
    saved.add(event);
    // Whoever watches asks all the time, which must not change what is found.
    saved.traffic.tallies();
    judge(saved);
  }
  expect(judge(saved)).toEqual(judge(live.view));
  expect(saved.traffic.tallies()).toEqual(live.view.traffic.tallies());
  expect(judge(saved).findings.map(({ outcome }) => outcome)).toEqual([
    'fail',
    'fail',
    'inconclusive',
    'inconclusive',
  ]);
});

test('the requests of streams are not kept, nor the connections they were sent on', () => {
  const story = rehearsed();
  for (const type of ['sent', 'got', 'gone', 'dropped'] as const) expect(story.view.all(type)).toEqual([]);
  for (const connection of ['c-q4', 'c-honest'])
    expect(() => story.view.connections.used({ id: 'later', connection })).toThrow(/unknown connection/);
  expect(story.view.all('connection').map(({ target }) => target)).toEqual([
    'replica-1',
    'replica-2',
    'balancer',
  ]);
});

test('what refers to nothing is refused', () => {
  const { view } = rehearsed();
  const sent = { type: 'sent', at: 1, id: 'odd', connection: 'c-rogue', due: 1, stamp: [] } as const;
  expect(() => view.add({ ...sent, stamp: [], stream: 'nobody' })).toThrow(
    'Request odd is of unknown stream nobody',
  );
  expect(() => view.add({ ...sent, stamp: [], stream: 'rogue', connection: 'c-9' })).toThrow(
    'Request odd travels on unknown connection c-9',
  );
  expect(() => view.add({ type: 'got', at: 1, id: 'q99', status: 200 })).toThrow(
    'An answer names unknown request q99',
  );
});

const flowing = (): Story => {
  const story = new Story();
  story.begins(COURSE);
  for (const [id, to] of [
    ['a', 'replica-1'],
    ['b', 'replica-2'],
  ] as const)
    story.stream({ id, to, mode: 'fresh' });
  return story;
};

describe('checks over a whole history take streams into account', () => {
  test('a nonce that was let in twice', () => {
    const story = flowing();
    story.sends('a', { at: 100, nonce: 'the-nonce-in-question', verdict: ACCEPTED });
    expect(neverAcceptedTwice.judge(story.view)?.outcome).toBe('pass');
    story.sends('b', { at: 600, nonce: 'the-nonce-in-question', verdict: ACCEPTED });
    expect(neverAcceptedTwice.judge(story.view)).toEqual({
      outcome: 'fail',
      reason: `Requests q1 and q2 (${COURSE}) spend the same nonce and were both accepted`,
      expected: 'one acceptance within the time to live',
      actual: 'accepted by replica-1 and 500 ms later by replica-2',
      replica: 'replica-2',
    });
  });

  test('an answer that came too late, unless somebody stood still', () => {
    const story = flowing();
    story.sends('a', { at: 100, until: 150, verdict: ACCEPTED });
    expect(alwaysAnswered.judge(story.view)).toEqual({ outcome: 'pass', actual: 'slowest 50 ms' });
    story.sends('a', { at: 1000, until: 3100, verdict: ACCEPTED });
    expect(alwaysAnswered.judge(story.view)).toEqual({
      outcome: 'fail',
      reason: `Request q2 (${COURSE}: one/current) was not answered in time`,
      expected: 'an answer within 2000 ms',
      actual: 'answered after 2100 ms',
      replica: 'replica-1',
    });
    story.stall(1000, 3000);
    expect(alwaysAnswered.judge(story.view)?.outcome).toBe('pass');
  });

  test('a connection that ended without an answer, and a request that is still under way', () => {
    const story = flowing();
    story.sends('a', { at: 100 });
    expect(alwaysAnswered.judge(story.view)?.reason).toBe(
      `Request q1 (${COURSE}: one/current) was under way when the record ended`,
    );
    story.sends('b', { at: 200, gone: 'reset' });
    expect(alwaysAnswered.judge(story.view)).toMatchObject({
      outcome: 'inconclusive',
      reason: `Request q2 (${COURSE}: one/current) was under way and the connection ended without an answer`,
    });
  });
});
