import { describe, expect, test } from 'vitest';
import { ACCEPTED } from '../contract/contract.ts';
import { signerAuthV1 } from '../contract/signer-auth-v1/signer-auth-v1.ts';
import type { Planned } from './case.ts';
import { bareDialect, plannedCase, plannedCheck, Story, type Beginning } from './history.fixture.ts';
import { judge, judgeOne } from './judge.ts';

const precondition = (id: string, clause: string): Planned => ({
  ...plannedCase(id, { clause }),
  kind: 'precondition',
});
const preconditions = [
  precondition('oracle-agrees-with-vectors', 'precondition/oracle'),
  precondition('replicas-differ', 'precondition/replicas'),
  precondition('replay-store-is-shared', 'precondition/store'),
];
const twice = plannedCheck('never-accepted-twice', 'replay/single-use');
const answered = plannedCheck('always-answered', 'answers/bounded');

/** A run in which one case is right and another lets somebody in. */
function mixedRun(planned: readonly Planned[] = [], change: Beginning = {}): Story {
  const story = new Story({ planned: [...planned, plannedCase('right'), plannedCase('wrong')], ...change });
  for (const id of ['right', 'wrong']) {
    story.begins(id, id === 'right' ? 10 : 500);
    const secret = id === 'right' ? 'one/current' : 'one/rogue';
    story.exchange({ at: 600, case: id, claim: [ACCEPTED], with: secret, verdict: ACCEPTED });
    story.ends(id, 710);
  }
  return story;
}

const looksAt = (story: Story, holds: Partial<Record<string, boolean>> = {}): void => {
  for (const { id } of preconditions)
    story.tell({ type: 'precondition', at: 5, id, holds: holds[id] ?? true, evidence: `${id} seen` });
};

const outcomesOf = (story: Story) => judge(story.view).findings.map(({ id, outcome }) => `${id} ${outcome}`);

test('every planned finding comes out once, in the order of the plan', () => {
  const story = mixedRun([...preconditions, answered, twice, plannedCase('never-ran')]);
  looksAt(story);
  expect(outcomesOf(story)).toEqual([
    'oracle-agrees-with-vectors pass',
    'replicas-differ pass',
    'replay-store-is-shared pass',
    'always-answered pass',
    'never-accepted-twice pass',
    'never-ran inconclusive',
    'right pass',
    'wrong fail',
  ]);
});

test('a finding says how to see it again and how long it took', () => {
  const [right, wrong] = judge(mixedRun().view).findings;
  expect(right).toEqual({
    id: 'right',
    clause: 'replay/single-use',
    level: 'must',
    outcome: 'pass',
    reproduce: 'keydrill gate --only right --seed 1',
    durationMs: 700,
  });
  expect(wrong).toMatchObject({ reproduce: 'keydrill gate --only wrong --seed 1', durationMs: 210 });
});

test('one case is judged alone as it is among the others', () => {
  const story = mixedRun();
  const { findings } = judge(story.view);
  expect(story.view.run.planned.map((planned) => judgeOne(story.view, planned))).toEqual(findings);
});

test('the conclusion is drawn from all of them', () => {
  expect(judge(mixedRun().view).totals).toMatchObject({ all: 2, exitCode: 1 });
  expect(judge(new Story().view).totals).toMatchObject({ all: 0, exitCode: 4 });
});

test('a check that the history gives nothing to speak of says nothing', () => {
  const story = new Story({ planned: [twice, plannedCheck('refusals-alike', 'answers/tell-nothing')] });
  expect(judge(story.view).findings).toEqual([]);
});

test('a check that nobody knows is the harness’s own trouble', () => {
  const story = new Story({ planned: [plannedCheck('no-such-check', 'replay/key')] });
  expect(outcomesOf(story)).toEqual(['no-such-check error']);
});

describe('preconditions', () => {
  test('that nobody looked at are in doubt, and so is what passed', () => {
    const story = mixedRun(preconditions);
    expect(outcomesOf(story).slice(0, 3)).toEqual(preconditions.map(({ id }) => `${id} inconclusive`));
    expect(outcomesOf(story)).toContain('right inconclusive');
  });

  test('that do not hold take the passes away and leave the failures', () => {
    const story = mixedRun(preconditions);
    looksAt(story, { 'replicas-differ': false });
    expect(outcomesOf(story).slice(3)).toEqual(['right inconclusive', 'wrong fail']);
    const { findings } = judge(story.view);
    expect(findings.find(({ id }) => id === 'right')?.reason).toBe(
      'Precondition replicas-differ does not hold: replicas-differ seen',
    );
  });

  test('an oracle that is not to be trusted decides nothing', () => {
    const story = mixedRun(preconditions);
    looksAt(story, { 'oracle-agrees-with-vectors': false });
    expect(outcomesOf(story).slice(3)).toEqual(['right inconclusive', 'wrong inconclusive']);
  });

  test('what does not apply does not apply in either case', () => {
    const idle = plannedCase('idle', { notApplicable: 'no balancer' });
    const story = mixedRun([...preconditions, idle]);
    looksAt(story, { 'replay-store-is-shared': false });
    expect(outcomesOf(story)).toContain('idle not-applicable');
  });
});

describe('a claim', () => {
  const optional = 'ready/truthful';
  const probed = (change: { clause?: string; present: boolean; truthful?: boolean; claimed?: boolean }) => {
    const { clause = optional, claimed = true, ...probe } = change;
    const planned = [plannedCase('probed', { clause, level: 'should', judgedBy: ['told-truth'] })];
    const story = new Story({ planned, claims: claimed ? { [clause]: 'there is none' } : {} });
    story.begins('probed');
    story.tell({
      type: 'probe',
      source: 'replica',
      at: 10,
      case: 'probed',
      attempt: 1,
      ...probe,
      evidence: 'GET /ready gives 404',
    });
    story.ends('probed');
    return judge(story.view).findings[0];
  };

  test('is believed where the thing was probed and is not there', () => {
    expect(probed({ present: false })).toMatchObject({
      outcome: 'not-applicable',
      reason: 'Claimed and probed: there is none',
    });
  });

  test('is not believed where the thing is there and lies', () => {
    expect(probed({ present: true, truthful: false })).toMatchObject({
      outcome: 'fail',
      reason: 'Claimed "there is none", but it is there: GET /ready gives 404',
    });
  });

  test('changes nothing where the thing is there and good', () => {
    expect(probed({ present: true, truthful: true })?.outcome).toBe('pass');
  });

  test('that was not made leaves a failure', () => {
    expect(probed({ present: false, claimed: false })).toMatchObject({
      outcome: 'fail',
      reason: 'GET /ready gives 404',
    });
  });

  test('of a clause that is not optional is worth nothing', () => {
    expect(probed({ clause: 'replay/single-use', present: false })?.outcome).toBe('fail');
  });
});

describe('the form of answers', () => {
  const rules = signerAuthV1.form.map(({ id, clause }) => plannedCheck(id, clause, 'should'));
  const told = (change: Beginning, ...answers: { status: number; body: string; with?: string }[]) => {
    const story = new Story({ planned: rules, ...change });
    for (const [index, { with: secret = 'one/rogue', ...answer }] of answers.entries())
      story.exchange({ at: 100 * index, with: secret, answer, label: `number ${index + 1}` });
    return judge(story.view).findings;
  };
  const refusal = { error: 'no', errorCode: 'AUTH_INVALID_HMAC', requestId: 'r', retryable: false };
  const right = { status: 401, body: JSON.stringify(refusal) };

  test('passes where every answer keeps it', () => {
    expect(told({}, right, right).map(({ id, outcome }) => [id, outcome])).toEqual([
      ['refusals-use-the-contract-codes', 'pass'],
      ['refusals-keep-the-envelope', 'pass'],
    ]);
  });

  test('fails with the first answer that does not, and what is wrong with it', () => {
    const odd = { status: 401, body: JSON.stringify({ ...refusal, hint: 'secret 2' }) };
    const [, envelope] = told({}, right, odd, { ...odd, status: 400 });
    expect(envelope).toMatchObject({
      outcome: 'fail',
      reason: 'case, "number 2"',
      actual: 'unexpected field "hint"',
      replica: 'replica-1',
    });
  });

  test('a success without the body is absent only where no success so much as tries', () => {
    const claims = { 'answers/success-body': 'a success says ok and nothing else' };
    const ok = { status: 200, body: '{"ok":true}', with: 'one/current' };
    const tries = { status: 200, body: '{"signature":[]}', with: 'one/current' };
    expect(told({ claims }, ok)).toMatchObject([{ outcome: 'not-applicable' }]);
    expect(told({}, ok)).toMatchObject([{ id: 'successes-carry-the-body', outcome: 'fail' }]);
    expect(told({ claims }, ok, tries)).toMatchObject([{ outcome: 'fail' }]);
  });

  test('answers in a dialect are read in that dialect', () => {
    const bare = { status: 401, body: '{"error":"unauthorized"}' };
    const [codes] = told({ dialect: bareDialect }, bare);
    expect(codes).toMatchObject({ outcome: 'fail', actual: 'status 401 without an errorCode' });
  });
});
