import { describe, expect, test } from 'vitest';
import { ACCEPTED } from '../../contract/contract.ts';
import type { Holding } from '../../contract/signer-auth-v1/holding.ts';
import {
  COURSE,
  holding,
  plannedClause,
  Story,
  TOPOLOGY,
  type Streaming,
  type Turn,
  validPeer,
} from '../history.fixture.ts';
import { findingOf } from '../judge.ts';
import { IF_MET } from './procedure.ts';

const REFUSED = 'AUTH_INVALID_HMAC';
const REMOVED = 'rotation/removed-secret';
const SERVED = 'rotation/no-downtime';
const clauses = { accepted: REMOVED, refused: SERVED };

const allowing = (...secrets: string[]): Holding => ({
  ...holding,
  clients: [['one', secrets.map((secret) => `one/${secret}`)]],
});

/** A course with one stream, and whatever else is told of it. */
function course(change: Partial<Streaming> = {}): Story {
  const story = new Story();
  story.begins(COURSE);
  story.stream({ id: 's', clauses, ...change });
  return story;
}

/** The secret of the stream is taken away at 1000, for sure by 2000. */
function removal(change: Partial<Streaming> = {}): Story {
  const story = course(change);
  story.sends('s', { at: 500, verdict: ACCEPTED });
  story.step('remove-current', 1000, 'begun');
  story.state('begun', 1000, allowing('next'), { deadline: 2000 });
  return story;
}

const judged = (story: Story, clause: string, judgedBy: string[] = []) => {
  story.ends(COURSE, 100_000);
  return findingOf(story.view, plannedClause(clause, { judgedBy }));
};

/** Its authority is trusted from 1000 on, for sure by 2000; the connection is from before, or one for the request. */
const refusedAt3000 = (mode: 'fresh' | 'kept' | 'resumed') => {
  const story = course({ mode, peer: { ...validPeer, issuer: 'next' } });
  story.state('begun', 1000, { ...holding, clientTrust: ['old', 'next'] }, { deadline: 2000 });
  if (mode === 'kept') story.sends('s', { at: 500, verdict: 'AUTH_MTLS_REQUIRED' });
  story.sends('s', { at: 3000, verdict: 'AUTH_MTLS_REQUIRED' });
  return story.view.traffic.tallies()[0]?.credentials[0]?.counts;
};

describe('a certificate that was not trusted when it was shown', () => {
  test('may be refused for as long as that connection lasts, or its session', () => {
    expect(refusedAt3000('kept')).toMatchObject({ refused: 2, wronglyRefused: 0 });
    expect(refusedAt3000('resumed')).toMatchObject({ refused: 1, wronglyRefused: 0 });
  });

  test('but not on a connection of its own', () => {
    expect(refusedAt3000('fresh')).toMatchObject({ refused: 0, wronglyRefused: 1 });
  });
});

describe('what had to be refused', () => {
  test('was, and it is said how soon and how often', () => {
    const story = removal();
    story.sends('s', { at: 1020, until: 1038, verdict: ACCEPTED });
    for (const at of [1500, 2500]) story.sends('s', { at, verdict: REFUSED });
    expect(judged(story, REMOVED)).toMatchObject({
      outcome: 'pass',
      actual: 'last let in 38 ms after the removal began (bound 1,000 ms), refused 2 times since',
    });
  });

  test('and was let in after the bound, is a failure told in full', () => {
    const story = removal();
    story.sends('s', { at: 2500, verdict: REFUSED });
    story.sends('s', { at: 2600, verdict: ACCEPTED });
    story.sends('s', { at: 2700, verdict: ACCEPTED });
    expect(judged(story, REMOVED)).toMatchObject({
      outcome: 'fail',
      reason:
        'Request q3, "one/current" on a kept connection to replica-1, 1,600 ms into "remove-current", the first of 2',
      expected: REFUSED,
      actual: ACCEPTED,
      replica: 'replica-1',
    });
  });

  test('and never was to be let in, fails by its first request', () => {
    const story = course({ with: 'one/rogue' });
    story.sends('s', { at: 10, verdict: ACCEPTED });
    expect(judged(story, REMOVED)).toMatchObject({
      outcome: 'fail',
      reason: 'Request q1, "one/rogue" on a kept connection to replica-1, before the first step',
    });
  });

  test('and was let in while it was rolled is no failure', () => {
    const story = removal();
    story.sends('s', { at: 1900, until: 2100, verdict: ACCEPTED });
    story.sends('s', { at: 2500, verdict: REFUSED });
    expect(judged(story, REMOVED)?.outcome).toBe('pass');
  });

  test('and was refused for a wrong reason, breaks the clause by which it had to be', () => {
    const story = removal();
    story.sends('s', { at: 2500, verdict: 'INTERNAL_ERROR' });
    expect(judged(story, REMOVED)).toMatchObject({ outcome: 'fail', expected: REFUSED });
    expect(judged(story, SERVED)?.outcome).toBe('pass');
  });

  test('says on which way it was where the step was taken back', () => {
    const story = course({ with: 'one/rogue' });
    story.step('allow-next', 100, 'begun', 'back');
    story.sends('s', { at: 350, verdict: ACCEPTED });
    expect(judged(story, REMOVED)?.reason).toContain('250 ms into the way back, "allow-next"');
  });
});

describe('what had to be let in', () => {
  test('was, and it is said how often and with which gap', () => {
    const story = course({ honest: true });
    for (const at of [100, 150, 400]) story.sends('s', { at, verdict: ACCEPTED });
    expect(judged(story, SERVED)).toMatchObject({
      outcome: 'pass',
      actual: '3 of 3 served; longest gap 250 ms',
    });
  });

  test('and was refused, is a failure', () => {
    const story = course();
    story.sends('s', { at: 100, verdict: ACCEPTED });
    story.sends('s', { at: 200, verdict: REFUSED });
    expect(judged(story, SERVED)).toMatchObject({
      outcome: 'fail',
      expected: ACCEPTED,
      actual: expect.stringContaining(REFUSED),
    });
  });

  test('and was refused while it was rolled, is none', () => {
    const story = removal();
    story.sends('s', { at: 1100, verdict: REFUSED });
    expect(judged(story, SERVED)).toMatchObject({
      outcome: 'pass',
      actual: expect.stringContaining('1 of 1'),
    });
  });
});

function lost(turn: Partial<Turn>, change: Partial<Streaming> = {}, tell?: (story: Story) => void) {
  const story = course({ mode: 'fresh', ...change });
  tell?.(story);
  story.sends('s', { at: 100, verdict: ACCEPTED });
  story.sends('s', { at: 1000, gone: 'reset', ...turn });
  return judged(story, SERVED);
}

const restarted = (story: Story): void => {
  story.window('opened', 900);
  story.window('closed', 1005);
};

describe('without an answer', () => {
  test.each(['reset', 'closed', 'unreachable', 'timeout', 'malformed', 'alert'] as const)(
    'on a fresh connection: %s',
    (gone) => {
      expect(lost({ gone })).toMatchObject({ outcome: 'fail', actual: 'no answer (socket closed)' });
    },
  );

  test.each(['kept', 'resumed'] as const)('on a %s connection it shows nothing', (mode) => {
    expect(lost({}, { mode })).toMatchObject({
      outcome: 'pass',
      actual: expect.stringContaining('1 of 2 served'),
    });
  });

  test('on a kept connection that hangs beyond the bound', () => {
    expect(lost({ gone: 'timeout', until: 2900 }, { mode: 'kept' })?.outcome).toBe('pass');
    expect(lost({ gone: 'timeout', until: 3100 }, { mode: 'kept' })?.outcome).toBe('fail');
  });

  test('where somebody stood still while its connection was opened for it', () => {
    const outcomes = [1000, 5000].map((since) => {
      const story = course({ mode: 'fresh' });
      story.stall(1000, 1500);
      story.sends('s', { at: 6000, until: 6000.01, due: 990, since, gone: 'timeout' });
      return judged(story, SERVED)?.outcome;
    });
    expect(outcomes).toEqual(['inconclusive', 'fail']);
  });

  test('in a window that was declared for where it went', () => {
    expect(lost({}, {}, restarted)?.outcome).toBe('pass');
    expect(lost({ at: 1006 }, {}, restarted)?.outcome).toBe('fail');
    expect(lost({}, { to: 'replica-2' }, restarted)?.outcome).toBe('fail');
  });

  test('through the balancer, for which there are no windows', () => {
    expect(lost({}, { to: 'balancer' }, restarted)?.outcome).toBe('fail');
  });

  test('where we did not believe the server: only while no step is being taken', () => {
    const untrusted = { gone: 'untrusted' } as const;
    expect(lost(untrusted)?.outcome).toBe('fail');
    expect(lost(untrusted, {}, (story) => story.step('show-next', 500, 'begun'))?.outcome).toBe('pass');
  });

  test('where it had to be refused anyway', () => {
    const story = course({ mode: 'fresh', with: 'one/rogue' });
    story.sends('s', { at: 100, gone: 'reset' });
    expect(judged(story, SERVED)?.outcome).toBe('inconclusive');
    expect(judged(story, REMOVED)?.outcome).toBe('inconclusive');
  });
});

test('a certificate is judged by what was held while its connection was opened', () => {
  const untrusting = [2050, 1950].map((since) => {
    const story = course({ mode: 'fresh' });
    story.state('begun', 1000, { ...holding, clientTrust: ['next'] }, { deadline: 2000 });
    story.sends('s', { at: 2100, due: 1900, since, verdict: ACCEPTED });
    return judged(story, REMOVED)?.outcome;
  });
  expect(untrusting).toEqual(['fail', 'inconclusive']);
});

test('a certificate refused in the handshake is a refusal', () => {
  const story = course({ mode: 'fresh', peer: null });
  story.sends('s', { at: 100, gone: 'alert', alert: 'certificate_required' });
  expect(judged(story, REMOVED)).toMatchObject({ outcome: 'pass', actual: '1 refused' });
});

/** It is let in just after the bound, and much later no more. */
function letInLate(tell: (story: Story) => void) {
  const story = removal();
  story.sends('s', { at: 2100, verdict: ACCEPTED });
  tell(story);
  story.sends('s', { at: 4000, verdict: REFUSED });
  return judged(story, REMOVED)?.outcome;
}

describe('a standstill that is told of afterwards', () => {
  const stilled: Partial<Parameters<Story['stall']>[2]> = {
    who: 'replica',
    topology: TOPOLOGY,
    replica: 'replica-1',
  };

  test('excuses what was lost meanwhile, and nothing else', () => {
    const story = course({ mode: 'fresh' });
    story.sends('s', { at: 100, verdict: ACCEPTED });
    story.sends('s', { at: 1000, until: 1500, gone: 'timeout' });
    story.stall(1000, 1600, stilled);
    expect(judged(story, SERVED)?.outcome).toBe('pass');
    story.sends('s', { at: 3000, until: 3500, gone: 'timeout' });
    expect(judged(story, SERVED)).toMatchObject({ outcome: 'fail', reason: expect.stringContaining('q3') });
  });

  test('gives a change the time that it took', () => {
    expect(letInLate(() => undefined)).toBe('fail');
    expect(letInLate((story) => story.stall(1500, 2105, stilled))).toBe('pass');
  });

  test('of another replica excuses nothing', () => {
    const story = course({ mode: 'fresh' });
    story.sends('s', { at: 1000, until: 1500, gone: 'timeout' });
    story.stall(1000, 1600, { ...stilled, replica: 'replica-2' });
    expect(judged(story, SERVED)?.outcome).toBe('fail');
  });

  test('cannot excuse what was too much to be kept, which convicts nobody either', () => {
    const story = course({ mode: 'fresh' });
    for (let at = 1000; at < 1400; at += 1) story.sends('s', { at, until: 1500, gone: 'timeout' });
    expect(judged(story, SERVED)?.reason).toContain('the first of 400');
    story.stall(1000, 1600, stilled);
    expect(judged(story, SERVED)).toMatchObject({
      outcome: 'inconclusive',
      reason: expect.stringMatching(/^100 requests looked wrong that were too many/),
    });
  });
});

describe('spent nonces', () => {
  const nonce = 'the-nonce-in-question';
  const SPENT = 'REPLAY_NONCE_USED';
  const TTL = holding.nonceTtlSeconds * 1000;
  const replayed = (second: Partial<Turn>, first: Partial<Turn> = {}) => {
    const story = course();
    story.stream({ id: 'elsewhere', to: 'replica-2', clauses });
    story.sends('s', { at: 100, nonce, verdict: ACCEPTED, ...first });
    story.sends('elsewhere', { at: 200, nonce, ...second });
    return ['accepted', 'refused'].map(
      (side) => judged(story, clauses[side as keyof typeof clauses])?.outcome,
    );
  };

  test('stay spent, wherever they were spent', () => {
    expect(replayed({ verdict: SPENT })).toEqual(['pass', 'pass']);
    expect(replayed({ verdict: ACCEPTED })).toEqual(['fail', 'pass']);
  });

  test('may be used again once their time is over', () => {
    expect(replayed({ at: TTL + 500, verdict: ACCEPTED })).toEqual(['inconclusive', 'pass']);
    expect(replayed({ at: TTL + 500, verdict: SPENT })[1]).toBe('fail');
    expect(replayed({ at: TTL - 500, verdict: ACCEPTED })[0]).toBe('fail');
  });

  test('of a request nobody answered may have been spent or not', () => {
    for (const verdict of [ACCEPTED, SPENT])
      expect(replayed({ verdict }, { gone: 'reset' })[0]).toBe('inconclusive');
  });

  test('of a request that was refused were not spent', () => {
    const forged = { verdict: 'AUTH_TIMESTAMP_SKEW', timestamp: '5' } as const;
    expect(replayed({ verdict: ACCEPTED }, forged)).toEqual(['pass', 'pass']);
    expect(replayed({ verdict: SPENT }, forged)[1]).toBe('fail');
  });

  test('that were spent by a request of no stream are spent too', () => {
    const story = course();
    story.exchange({ at: 50, nonce, verdict: ACCEPTED });
    story.sends('s', { at: 100, nonce, verdict: SPENT });
    expect(judged(story, REMOVED)?.outcome).toBe('pass');
  });

  test('let in twice at one moment, where either might have been the first', () => {
    const story = course();
    story.stream({ id: 'elsewhere', to: 'replica-2', clauses });
    const both = [100, 105].map((at) => ({ at, until: 120, nonce }));
    const ids = both.map((turn, index) => story.sends(index === 0 ? 's' : 'elsewhere', turn));
    for (const id of ids) story.tell({ type: 'got', at: 120, id, status: 200 });
    expect(judged(story, 'rollback/nonces-stay-spent')).toMatchObject({
      outcome: 'fail',
      reason: `Requests q1 and q2 (${COURSE}) spend the same nonce and were both accepted`,
    });
  });
});

const twoReplicas = (): Story => {
  const story = course();
  story.stream({ id: 'other', to: 'replica-2', clauses });
  return story;
};

describe('replicas', () => {
  const AGREE = 'rotation/replicas-agree';

  test('that decide alike', () => {
    const story = twoReplicas();
    for (const id of ['s', 'other']) story.sends(id, { at: 100, verdict: ACCEPTED });
    expect(judged(story, AGREE)?.outcome).toBe('pass');
  });

  test('of which one is right and the other is wrong', () => {
    const story = twoReplicas();
    story.sends('s', { at: 100, verdict: ACCEPTED });
    story.sends('other', { at: 200, verdict: REFUSED });
    expect(judged(story, AGREE)).toMatchObject({
      outcome: 'fail',
      replica: 'replica-2',
      actual: expect.stringContaining('replica-1 decided it rightly once at that time'),
    });
  });

  test('that are both wrong agree, and nothing shows that they do', () => {
    const story = twoReplicas();
    for (const id of ['s', 'other']) story.sends(id, { at: 100, verdict: REFUSED });
    expect(judged(story, AGREE)?.outcome).toBe('inconclusive');
  });

  test('may differ while one of them is being changed', () => {
    const story = twoReplicas();
    story.state('begun', 50, allowing('current', 'next'), { deadline: 1000 });
    story.sends('s', { at: 100, verdict: ACCEPTED });
    story.sends('other', { at: 200, verdict: REFUSED });
    expect(judged(story, AGREE)?.outcome).toBe('inconclusive');
  });

  test('may differ while one of them is being changed, also where all were at rest before', () => {
    const story = twoReplicas();
    story.sends('s', { at: 100, verdict: ACCEPTED });
    story.state('begun', 150, allowing('current', 'next'), { deadline: 1000 });
    story.sends('other', { at: 300, verdict: REFUSED });
    story.sends('s', { at: 1500, verdict: ACCEPTED });
    expect(judged(story, AGREE)?.outcome).toBe('inconclusive');
  });

  test('may differ where one was changed in between', () => {
    const story = twoReplicas();
    story.sends('s', { at: 100, verdict: ACCEPTED });
    story.state('begun', 150, allowing('current', 'next'), { deadline: 200 });
    story.sends('other', { at: 300, verdict: REFUSED });
    expect(judged(story, AGREE)?.outcome).toBe('inconclusive');
  });
});

const takenBack = (rogue: string, good = ACCEPTED): Story => {
  const story = course();
  story.stream({ id: 'rogue', with: 'one/next', clauses });
  story.step('allow-next', 100, 'begun', 'back');
  story.step('allow-next', 200, 'ended', 'back');
  story.sends('s', { at: 300, verdict: good });
  story.sends('rogue', { at: 300, verdict: rogue });
  return story;
};

describe('when everybody was taken back', () => {
  const RESTORES = 'rollback/restores';

  test('what held before holds again', () => {
    expect(judged(takenBack(REFUSED), RESTORES)).toMatchObject({
      outcome: 'pass',
      actual: '1 let in and 1 refused since',
    });
  });

  test('and something else holds besides, or no more', () => {
    expect(judged(takenBack(ACCEPTED), RESTORES)).toMatchObject({
      outcome: 'fail',
      reason: expect.stringContaining('next'),
    });
    expect(judged(takenBack(REFUSED, REFUSED), RESTORES)?.outcome).toBe('fail');
  });

  test('only what was asked since counts', () => {
    const story = course();
    story.sends('s', { at: 50, verdict: REFUSED });
    story.step('allow-next', 100, 'ended', 'back');
    expect(judged(story, RESTORES)?.outcome).toBe('inconclusive');
  });
});

const shown = (certificate: string, at: number, changes = true) => {
  const story = course();
  if (changes) story.state('begun', 1000, { ...holding, server: 'server-2' }, { deadline: 2000 });
  story.tell({
    type: 'connection',
    at: at + 5,
    id: 'handshake',
    topology: TOPOLOGY,
    target: 'replica-1',
    mode: 'fresh',
    peer: null,
    servedBy: 'replica-1',
    resumed: false,
    shown: certificate,
    since: at,
  });
  return judged(story, 'rotation/server-certificate');
};

describe('server certificates', () => {
  test('are the new ones once they must be', () => {
    expect(shown('server-2', 2500)?.outcome).toBe('pass');
    expect(shown('server-1', 2500)).toMatchObject({
      outcome: 'fail',
      expected: 'server-2',
      actual: 'shown server-1',
      replica: 'replica-1',
    });
  });

  test('say nothing of changes where none was made', () => {
    expect(shown('server-1', 2500, false)?.outcome).toBe('inconclusive');
  });

  test('may be either of them while they are changed', () => {
    for (const certificate of ['server-1', 'server-2'])
      expect(shown(certificate, 1500)?.outcome).toBe('inconclusive');
    expect(shown('server-3', 1500)?.outcome).toBe('fail');
  });
});

describe('a course', () => {
  test('that never ran decides nothing, and says nothing where nothing was asked of it', () => {
    expect(findingOf(new Story().view, plannedClause(SERVED))).toMatchObject({
      outcome: 'inconclusive',
      reason: 'It was planned and never ran',
    });
    expect(findingOf(new Story().view, plannedClause(SERVED, { judgedBy: [IF_MET] }))).toBeUndefined();
  });

  test('without a request that decides a clause leaves it open, or unsaid', () => {
    expect(judged(course(), SERVED)).toMatchObject({
      outcome: 'inconclusive',
      reason: 'No request that was sent decides it',
    });
    for (const clause of [SERVED, 'rotation/replicas-agree', 'rollback/restores'])
      expect(judged(course(), clause, [IF_MET])).toBeUndefined();
  });

  test('that the harness could not carry out is an error, but for what it has shown by then', () => {
    const story = course();
    story.sends('s', { at: 100, verdict: ACCEPTED });
    expect(findingOf(story.view, plannedClause(SERVED))).toMatchObject({
      outcome: 'error',
      reason: 'It was interrupted',
    });
    story.sends('s', { at: 200, verdict: REFUSED });
    story.ends(COURSE, 1000, 1, 'no certificate was made');
    expect(findingOf(story.view, plannedClause(SERVED))?.outcome).toBe('fail');
    expect(findingOf(story.view, plannedClause(REMOVED))?.reason).toBe('no certificate was made');
  });

  test('in which a replica did not survive a change breaks the clause on changes', () => {
    const story = course();
    const casualty = {
      case: COURSE,
      topology: TOPOLOGY,
      replica: 'replica-2',
      evidence: 'it ended with code 1',
    };
    story.tell({ type: 'casualty', at: 100, ...casualty });
    expect(judged(story, 'rotation/every-change')).toMatchObject({
      outcome: 'fail',
      reason: 'it ended with code 1',
      replica: 'replica-2',
    });
    expect(judged(story, SERVED)?.reason).toBe(
      'No request decided it before it broke off: it ended with code 1',
    );
  });

  test.each([
    ['replica-1', 'fail'],
    ['replica-2', 'pass'],
  ])('in which replica-1 hung over a change and %s stood still: %s', (still, outcome) => {
    const hung = { topology: TOPOLOGY, replica: 'replica-1' };
    const finding = lost({ gone: 'timeout', until: 4100 }, { mode: 'kept', to: still }, (story) => {
      story.tell({ type: 'casualty', at: 3000, case: COURSE, evidence: 'it hung', ...hung });
      story.stall(900, 4200, { who: 'replica', topology: TOPOLOGY, replica: still });
    });
    expect(finding?.outcome).toBe(outcome);
  });

  test('after one in which a replica was lost for good is open, and says since when', () => {
    const story = new Story();
    story.tell({
      type: 'casualty',
      at: 100,
      case: 'the-one-before',
      topology: TOPOLOGY,
      replica: 'replica-2',
      evidence: 'it ended with code 1',
      forGood: true,
    });
    story.begins(COURSE);
    expect(judged(story, SERVED)).toMatchObject({
      outcome: 'inconclusive',
      reason: 'replica-2 could not be started anew after the-one-before: it ended with code 1',
    });
    expect(judged(story, 'rotation/every-change', [IF_MET])).toBeUndefined();
  });
});

const away = (phase: 'witnessed' | 'unwitnessed' = 'witnessed'): Story => {
  const story = course();
  story.sends('s', { at: 500, verdict: ACCEPTED });
  story.fault('injecting', 1000);
  story.fault(phase, 1010, undefined, 'what was seen');
  return story;
};

const healed = (story: Story): Story => {
  story.fault('healing', 3000);
  story.fault('healed', 3010);
  return story;
};

describe('while the store was taken away from 1000 to 3000', () => {
  test('whoever was refused shows that it failed closed', () => {
    const story = away();
    for (const at of [1500, 2500]) story.sends('s', { at, verdict: 'SIGNER_UNAVAILABLE' });
    expect(judged(healed(story), 'replay/fail-closed')).toMatchObject({
      outcome: 'pass',
      actual: '2 refused',
    });
  });

  test('whoever was let in shows that it did not', () => {
    const story = away();
    story.sends('s', { at: 1500, verdict: ACCEPTED });
    expect(judged(healed(story), 'replay/fail-closed')).toMatchObject({
      outcome: 'fail',
      expected: 'SIGNER_UNAVAILABLE or INTERNAL_ERROR',
      actual: ACCEPTED,
    });
  });

  test('whoever is let in again soon after shows that nothing else was in his way', () => {
    const story = healed(away());
    story.sends('s', { at: 3100, verdict: 'SIGNER_UNAVAILABLE' });
    story.sends('s', { at: 3200, verdict: ACCEPTED });
    expect(judged(story, SERVED)).toMatchObject({
      outcome: 'pass',
      actual: expect.stringMatching(/^2 of 2 served/),
    });
  });

  test('whoever is refused when the bound is over was wrongly refused', () => {
    const story = healed(away());
    story.sends('s', { at: 9000, verdict: 'SIGNER_UNAVAILABLE' });
    expect(judged(story, SERVED)).toMatchObject({ outcome: 'fail' });
  });

  test('a course is in doubt where nobody witnessed that', () => {
    const story = healed(away('unwitnessed'));
    expect(judged(story, SERVED)).toMatchObject({
      outcome: 'inconclusive',
      reason: 'Nobody witnessed that store-unreachable took hold: what was seen',
    });
  });
});
