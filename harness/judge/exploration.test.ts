import { expect, test } from 'vitest';
import { ACCEPTED } from '../contract/contract.ts';
import type { Planned } from './case.ts';
import type { EventOf } from './events.ts';
import { plannedCase, Story, TOPOLOGY, type Episode } from './history.fixture.ts';
import { judge } from './judge.ts';

const CLAUSE = 'replay/single-use';
const planned = ['answers/bounded', CLAUSE, 'rotation/every-change'].map((clause): Planned => ({
  ...plannedCase('explore', { clause }),
  kind: 'exploration',
  reproduce: 'keydrill explore --seed 1',
}));

const begin = () => new Story({ planned, reproduce: 'keydrill replay out/{id}.json' });

/** One schedule of an exploration, with what was sent in it. */
function plays(
  story: Story,
  id: string,
  episodes: readonly Partial<Episode>[],
  attempt = 1,
  at = 1000,
): void {
  const of = { case: id, attempt } as const;
  const why = attempt === 1 ? 'first' : 'again';
  story.tell({ type: 'schedule', at, ...of, topology: TOPOLOGY, why, actions: [{ do: 'send' }] });
  story.begins(id, at, attempt);
  for (const [index, episode] of episodes.entries())
    story.exchange({
      at: at + 100 * (index + 1),
      until: at + 100 * (index + 1) + 10,
      ...of,
      about: CLAUSE,
      ...episode,
    });
}

const found = (story: Story) =>
  judge(story.view).findings.map(({ id, clause, outcome }) => `${id} ${clause} ${outcome}`);
const good = { verdict: ACCEPTED } as const;
const forged = { ...good, with: 'one/rogue' } as const;

test('a clause that held says for how many requests of how many schedules', () => {
  const story = begin();
  for (const [index, id] of ['a', 'b'].entries()) {
    plays(
      story,
      id,
      [
        { ...good, nonce: `nonce-of-${id}-00000` },
        { ...good, nonce: `other-of-${id}-00000` },
      ],
      1,
      1000 * (index + 1),
    );
    story.ends(id, 1900 + 1000 * index);
  }
  expect(found(story)).toEqual([`explore answers/bounded pass`, `explore ${CLAUSE} pass`]);
  expect(judge(story.view).findings[1]).toMatchObject({
    actual: 'held for 4 requests of 2 schedules',
    reproduce: 'keydrill explore --seed 1',
  });
});

test('a schedule that broke a clause is a finding of its own, with the way to play it again', () => {
  const story = begin();
  plays(story, 'a', [good]);
  story.ends('a', 1500);
  plays(story, 'b', [forged], 1, 2000);
  story.ends('b', 2500);
  expect(found(story)).toEqual(['explore answers/bounded pass', `b ${CLAUSE} fail`]);
  expect(judge(story.view).findings[1]).toMatchObject({ reproduce: 'keydrill replay out/b.json' });
});

test('one that is known to be small comes first and says how small, and how often it fails', () => {
  const story = begin();
  for (const [index, id] of ['a', 'b'].entries()) {
    plays(story, id, [forged], 1, 1000 * (index + 1));
    story.ends(id, 1900 + 1000 * index);
  }
  const shrunk: EventOf<'shrunk'> = {
    type: 'shrunk',
    at: 5000,
    case: 'b',
    clause: CLAUSE,
    actions: [{ do: 'send' }, { do: 'heal' }],
    attempt: 1,
    tries: 9,
    exhausted: true,
    played: 5,
    failed: 3,
  };
  story.tell(shrunk);
  expect(found(story)).toEqual([`b ${CLAUSE} fail`, `a ${CLAUSE} fail`]);
  expect(judge(story.view).findings[0]?.reason).toMatch(
    /; 2 actions of it are left, and failed 3 of 5 times$/,
  );
});

test('of a race, two acceptances are one too many, though each may have been the first', () => {
  const story = begin();
  plays(story, 'a', [
    { ...good, nonce: 'the-same-nonce-twice', at: 1100, until: 1150 },
    { ...good, nonce: 'the-same-nonce-twice', at: 1100, until: 1160, to: 'replica-2' },
  ]);
  story.ends('a', 1500);
  expect(found(story)).toContain(`a ${CLAUSE} fail`);
});

test('whoever answers too late, or is not there any more, has not answered', () => {
  const late = begin();
  plays(late, 'a', [{ ...good, at: 1100, until: 3200 }]);
  late.ends('a', 4000);
  expect(found(late)).toEqual(['a answers/bounded fail', `explore ${CLAUSE} pass`]);
  const gone = begin();
  plays(gone, 'a', [good, { lost: 'unreachable', nonce: 'another-nonce-00000' }]);
  gone.ends('a', 2000);
  expect(found(gone)).toContain('a answers/bounded fail');
});

test('but whom we kept from answering owes nothing', () => {
  const story = begin();
  const killed = { fault: 'replica-killed', store: 'sound', silences: 'replicas' } as const;
  story.broken({ ...killed, phase: 'injecting', at: 1050 });
  plays(story, 'a', [{ lost: 'unreachable' }]);
  story.broken({ ...killed, phase: 'witnessed', at: 1060 });
  story.broken({ ...killed, phase: 'healed', at: 1300 });
  story.ends('a', 2000);
  expect(found(story)).toEqual([]);
});

test('a replica that did not survive a change broke a promise', () => {
  const story = begin();
  plays(story, 'a', [good]);
  story.tell({
    type: 'casualty',
    at: 1200,
    case: 'a',
    topology: TOPOLOGY,
    replica: 'replica-1',
    evidence: 'it ended',
  });
  story.ends('a', 2000);
  expect(found(story)).toContain('a rotation/every-change fail');
});

/** A request at 1100, and a fault that nobody witnessed. */
const unwitnessed = (injecting: number) => {
  const story = begin();
  plays(story, 'a', [good]);
  story.broken({ phase: 'injecting', at: injecting });
  story.broken({ phase: 'unwitnessed', at: injecting + 10, evidence: 'nothing was seen' });
  story.broken({ phase: 'healed', at: injecting + 20 });
  story.ends('a', 2000);
  return found(story);
};

test('what was sent under a fault that nobody witnessed counts for nothing, and what was sent before it does', () => {
  expect(unwitnessed(1050)).toContain(`explore ${CLAUSE} inconclusive`);
  expect(unwitnessed(1500)).toContain(`explore ${CLAUSE} pass`);
});

test('the trouble of the harness is told and never green, and hides no failure', () => {
  const story = begin();
  plays(story, 'a', [good]);
  story.ends('a', 2000, 1, 'the fault is still there');
  expect(found(story)).toContain(`explore ${CLAUSE} error`);
  expect(judge(story.view).totals.exitCode).toBe(4);
  plays(story, 'b', [forged], 1, 3000);
  story.ends('b', 4000);
  expect(found(story)).toContain(`b ${CLAUSE} fail`);
  expect(judge(story.view).totals.exitCode).toBe(1);
});

test('where nothing was played, nothing was judged', () => {
  expect(judge(begin().view).totals).toMatchObject({ all: 0, exitCode: 4 });
});
