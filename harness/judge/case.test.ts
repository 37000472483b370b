import { describe, expect, test } from 'vitest';
import { ACCEPTED } from '../contract/contract.ts';
import { judgeCase } from './case.ts';
import type { Judgement } from './findings.ts';
import { plannedCase, Story, type Episode } from './history.fixture.ts';

/** Judges a case whose one attempt sent these. */
function judged(episodes: readonly Partial<Episode>[], story = new Story()): Judgement {
  story.begins('case');
  for (const [index, episode] of episodes.entries()) story.exchange({ at: 100 * (index + 1), ...episode });
  story.ends('case');
  return judgeCase(story.view, plannedCase('case'));
}

const good = { claim: [ACCEPTED], verdict: ACCEPTED } as const;
const control = { claim: null, verdict: ACCEPTED, label: 'control' } as const;
const refused = { claim: ['AUTH_INVALID_HMAC'], with: 'one/rogue', verdict: 'AUTH_INVALID_HMAC' } as const;
const letIn = { with: 'one/rogue', verdict: ACCEPTED, label: 'signed with rogue' } as const;

test('passes where everything is as claimed and right', () => {
  expect(judged([good])).toEqual({ outcome: 'pass' });
  expect(judged([control, refused])).toEqual({ outcome: 'pass' });
});

describe('fails', () => {
  test('where a claimed request was answered as no right verdict is, and says what was expected', () => {
    expect(judged([{ ...good, verdict: 'AUTH_INVALID_HMAC', label: 'as signed' }])).toEqual({
      outcome: 'fail',
      reason: 'Request r1, "as signed"',
      expected: ACCEPTED,
      actual: expect.stringMatching(/^AUTH_INVALID_HMAC \(401 .*\)$/),
      replica: 'replica-1',
    });
  });

  test('where something was let in, though another request of the case was lost', () => {
    const unanswered = { claim: [ACCEPTED], lost: 'reset' } as const;
    expect(judged([control, unanswered, { ...letIn, claim: ['AUTH_INVALID_HMAC'] }])).toMatchObject({
      outcome: 'fail',
      expected: 'AUTH_INVALID_HMAC',
      actual: ACCEPTED,
    });
  });

  test('where something was let in that nothing was claimed of', () => {
    expect(judged([good, letIn])).toMatchObject({
      outcome: 'fail',
      reason: 'Request r2, "signed with rogue"',
    });
  });

  test('where something was let in that the case itself claims should be', () => {
    expect(judged([{ ...letIn, claim: [ACCEPTED] }])).toMatchObject({ outcome: 'fail', actual: ACCEPTED });
  });

  test('and names the connection where it was not a fresh one', () => {
    expect(judged([{ ...letIn, mode: 'kept' }])).toMatchObject({
      reason: 'Request r1, "signed with rogue" on a kept connection',
    });
  });

  test('and names the door where nobody knows who served it', () => {
    expect(judged([{ ...letIn, to: 'balancer', servedBy: null }])).toMatchObject({ replica: 'balancer' });
    expect(judged([{ ...letIn, to: 'balancer', servedBy: 'replica-2' }])).toMatchObject({
      replica: 'replica-2',
    });
  });

  test('and of several right verdicts it names those that the case asks for', () => {
    const story = new Story();
    story.exchange({ at: 1, nonce: 'nonce-of-unknown-fate', lost: 'reset' });
    const claim = ['REPLAY_NONCE_USED', 'AUTH_TIMESTAMP_SKEW'];
    const answer = { nonce: 'nonce-of-unknown-fate', claim, verdict: 'AUTH_INVALID_CLIENT' };
    expect(judged([answer], story)).toMatchObject({ outcome: 'fail', expected: 'REPLAY_NONCE_USED' });
  });
});

describe('is inconclusive', () => {
  test('where a refusal stands alone: it may refuse everything', () => {
    expect(judged([refused])).toMatchObject({
      outcome: 'inconclusive',
      reason: 'Nothing shows that this replica accepts anything: its control did not pass',
      replica: 'replica-1',
    });
  });

  test('where only another replica let a good request pass', () => {
    expect(judged([{ ...control, to: 'replica-2' }, refused]).outcome).toBe('inconclusive');
    expect(judged([{ ...control, to: 'balancer', servedBy: 'replica-2' }, refused]).outcome).toBe(
      'inconclusive',
    );
    expect(judged([{ ...control, to: 'balancer', servedBy: 'replica-1' }, refused]).outcome).toBe('pass');
  });

  test('but not where the claim leaves acceptance open', () => {
    const either = { ...refused, claim: ['AUTH_INVALID_HMAC', ACCEPTED] };
    expect(judged([either]).outcome).toBe('pass');
  });

  test('where nobody knows what became of a claimed request', () => {
    expect(judged([good, { claim: [ACCEPTED], lost: 'closed', label: 'second' }])).toMatchObject({
      outcome: 'inconclusive',
      reason: 'What became of "second" is unknown',
      expected: ACCEPTED,
      actual: 'no answer (socket closed)',
    });
  });

  test('where a limit stopped a claimed request', () => {
    expect(judged([good, { claim: [ACCEPTED], verdict: 'RATE_LIMITED' }]).outcome).toBe('inconclusive');
  });

  test('where the answer may be right, but is not the one that the case counts on', () => {
    const story = new Story();
    story.exchange({ at: 1, nonce: 'nonce-of-unknown-fate', lost: 'reset' });
    const undecided = { nonce: 'nonce-of-unknown-fate', claim: ['REPLAY_NONCE_USED'], verdict: ACCEPTED };
    expect(judged([good, undecided], story)).toMatchObject({
      outcome: 'inconclusive',
      reason: '"as signed" could not be decided from outside',
    });
  });

  test.each([
    ['was wrongly refused', { verdict: 'AUTH_INVALID_NONCE' }],
    ['was lost', { lost: 'reset' }],
    ['was stopped by a limit', { verdict: 'RATE_LIMITED' }],
  ] as const)('where what the case rests on %s', (_what, end) => {
    expect(judged([good, { claim: null, label: 'the first', ...end }])).toMatchObject({
      outcome: 'inconclusive',
      reason: '"the first", which the case rests on, went wrong',
    });
  });

  test('where it was planned and never ran', () => {
    expect(judgeCase(new Story().view, plannedCase('case'))).toEqual({
      outcome: 'inconclusive',
      reason: 'It was planned and never ran',
    });
  });

  test('where it ran and sent nothing', () => {
    expect(judged([])).toEqual({ outcome: 'inconclusive', reason: 'Nothing was judged' });
  });
});

describe('is in error', () => {
  test('where the harness was in trouble, whatever it had seen before', () => {
    const story = new Story();
    story.begins('case');
    story.exchange({ at: 1, ...good });
    story.ends('case', 1000, 1, 'No client "two"');
    expect(judgeCase(story.view, plannedCase('case'))).toEqual({
      outcome: 'error',
      reason: 'No client "two"',
    });
  });

  test('where it was interrupted', () => {
    const story = new Story();
    story.begins('case');
    story.exchange({ at: 1, ...good });
    expect(judgeCase(story.view, plannedCase('case'))).toEqual({
      outcome: 'error',
      reason: 'It was interrupted',
    });
  });

  test('but what was let in before the trouble was let in', () => {
    const story = new Story();
    story.begins('case');
    story.exchange({ at: 1, ...letIn });
    story.ends('case', 1000, 1, 'No client "two"');
    expect(judgeCase(story.view, plannedCase('case')).outcome).toBe('fail');
  });
});

const attempts = (...each: readonly Partial<Episode>[]): Judgement => {
  const story = new Story();
  for (const [index, episode] of each.entries()) {
    story.begins('case', index, index + 1);
    story.exchange({ at: 100 * (index + 1), attempt: index + 1, ...episode });
    story.ends('case', 1000, index + 1);
  }
  return judgeCase(story.view, plannedCase('case'));
};
describe('over several attempts', () => {
  const undecided = { claim: [ACCEPTED], lost: 'reset' } as const;

  test('the last one decides', () => {
    expect(attempts(undecided, good).outcome).toBe('pass');
    expect(attempts(good, undecided).outcome).toBe('inconclusive');
    expect(attempts(undecided, undecided, good).outcome).toBe('pass');
  });

  test('but any that failed does', () => {
    expect(attempts(letIn, good).outcome).toBe('fail');
    expect(attempts(good, letIn, undecided).outcome).toBe('fail');
  });

  test('a control of one attempt does not serve another', () => {
    expect(attempts(control, refused).outcome).toBe('inconclusive');
  });
});

test('does not apply where the plan says so, whatever happened', () => {
  const story = new Story();
  story.begins('case');
  story.exchange({ at: 1, ...letIn });
  const planned = plannedCase('case', { notApplicable: 'no balancer here' });
  expect(judgeCase(story.view, planned)).toEqual({ outcome: 'not-applicable', reason: 'no balancer here' });
});

test('requests of other cases are none of its business', () => {
  const story = new Story();
  story.begins('other');
  story.exchange({ at: 1, case: 'other', ...letIn });
  expect(judged([good], story).outcome).toBe('pass');
});

const raced = (judgedBy: string[]): Judgement => {
  const story = new Story();
  story.begins('case');
  const nonce = 'raced-for-by-two-of-us';
  const ids = [100, 101].map((at) => story.exchange({ at, nonce, until: 200, verdict: ACCEPTED }).request.id);
  story.tell({ type: 'race', at: 102, case: 'case', attempt: 1, requests: ids });
  story.ends('case');
  return judgeCase(story.view, plannedCase('case', { judgedBy }));
};

describe('with checks of its own', () => {
  test('it fails where one of them fails', () => {
    expect(raced(['one-of-each-race'])).toMatchObject({ outcome: 'fail', reason: 'Round 1; 1 of 1 rounds' });
  });

  test('it is not judged by those it does not name', () => {
    expect(raced([]).outcome).toBe('inconclusive');
  });
});

const under = (phase: 'witnessed' | 'unwitnessed' | 'never', episodes: readonly Partial<Episode>[]) => {
  const story = new Story();
  story.begins('case');
  story.fault('injecting', 10);
  story.fault(phase, 20, undefined, 'what was seen');
  story.fault('healed', 30);
  for (const [index, episode] of episodes.entries()) story.exchange({ at: 10_000 * (index + 1), ...episode });
  story.ends('case', 90_000);
  return judgeCase(story.view, plannedCase('case'));
};

const lostAt = (to: string) => {
  const story = new Story();
  story.begins('case');
  const paused = {
    fault: 'trial',
    store: 'sound',
    silences: 'replicas',
    replicas: ['replica-1'],
  } as const;
  story.broken({ ...paused, phase: 'injecting', at: 10 });
  story.broken({ ...paused, phase: 'witnessed', at: 20 });
  story.exchange({ at: 100, until: 900, lost: 'timeout', to, claim: [ACCEPTED] });
  story.broken({ ...paused, phase: 'healed', at: 1000 });
  story.exchange({ ...good, at: 20_000, to });
  story.ends('case', 30_000);
  return judgeCase(story.view, plannedCase('case')).outcome;
};

describe('with a fault', () => {
  test('passes where it was witnessed', () => {
    expect(under('witnessed', [good])).toEqual({ outcome: 'pass' });
  });

  test('never passes where nobody witnessed it, and says what was seen instead', () => {
    expect(under('unwitnessed', [good])).toEqual({
      outcome: 'inconclusive',
      reason: 'Nobody witnessed that store-unreachable took hold: what was seen',
    });
  });

  test('does not apply where it cannot take hold of such a signer', () => {
    expect(under('never', [good])).toEqual({ outcome: 'not-applicable', reason: 'what was seen' });
    expect(under('never', [{ claim: [ACCEPTED], lost: 'reset' }]).outcome).toBe('not-applicable');
  });

  test.each(['unwitnessed', 'never'] as const)(
    'fails where something was let in all the same: %s',
    (phase) => {
      expect(under(phase, [good, letIn]).outcome).toBe('fail');
    },
  );

  test('asks nothing of a replica that it kept from answering, and of the other all the same', () => {
    expect(lostAt('replica-1')).toBe('pass');
    expect(lostAt('replica-2')).toBe('inconclusive');
  });
});

test('about several clauses speaks of each by the requests about it', () => {
  const story = new Story();
  story.begins('case');
  story.exchange({ ...good, at: 100, about: 'first/clause' });
  story.exchange({ ...refused, at: 200, about: 'second/clause', verdict: ACCEPTED });
  story.ends('case');
  const of = (clause: string) => judgeCase(story.view, { ...plannedCase('case'), clause }).outcome;
  expect(of('first/clause')).toBe('pass');
  expect(of('second/clause')).toBe('fail');
});
