import { describe, expect, test } from 'vitest';
import { ACCEPTED } from '../../contract/contract.ts';
import { trafficPrecondition } from '../../run/preconditions.ts';
import { COURSE, plannedCase, plannedClause, Story, type Streaming, type Turn } from '../history.fixture.ts';
import { judge } from '../judge.ts';

const planned = plannedCase(trafficPrecondition.id, {
  clause: trafficPrecondition.clause,
  kind: 'precondition',
});

/** A hundred requests, one a millisecond, so many of which are sent late. */
function traffic(late = 0, lagMs = 300): Story {
  const story = new Story({ planned: [planned] });
  story.stream({ id: 's' });
  for (let due = 1000; due < 1100; due += 1) {
    const lag = due < 1000 + late ? lagMs : 0.5;
    story.sends('s', { at: due + lag, until: due + lag + 3, due, verdict: ACCEPTED });
  }
  return story;
}

const judged = (story: Story) => judge(story.view).findings[0];

test('counts what was sent, answered and dropped, and how late', () => {
  const story = traffic(1);
  story.sends('s', { at: 2000, gone: 'reset' });
  story.tell({ type: 'dropped', at: 2100, stream: 's', due: 2100 });
  const { lagMs, latencyMs, ...counts } = story.view.traffic.schedule();
  expect(counts).toEqual({ sent: 101, answered: 100, dropped: 1 });
  expect(lagMs.p50).toBeCloseTo(0.5, 2);
  expect(lagMs.max).toBeCloseTo(300, 0);
  expect(latencyMs.p50).toBeCloseTo(3.5, 1);
});

describe('the precondition', () => {
  test('holds where nearly everything was sent on time', () => {
    expect(judged(traffic(1))).toMatchObject({
      outcome: 'pass',
      reason: expect.stringMatching(/^100 sent, 0 dropped/),
    });
  });

  test('does not where more than one of a hundred was late', () => {
    expect(judged(traffic(2))).toMatchObject({
      outcome: 'fail',
      reason: expect.stringContaining('2 were late by more than'),
    });
  });

  test('does not where one was dropped', () => {
    const story = traffic();
    story.tell({ type: 'dropped', at: 2000, stream: 's', due: 2000 });
    expect(judged(story)?.outcome).toBe('fail');
  });

  test('forgives what was late because the harness stood still, and nobody else', () => {
    const story = traffic(50);
    story.stall(900, 1120, { who: 'store' });
    expect(judged(story)?.outcome).toBe('fail');
    story.stall(990, 1160);
    expect(judged(story)?.outcome).toBe('pass');
  });

  test('is in doubt where nothing was sent', () => {
    expect(judged(new Story({ planned: [planned] }))).toMatchObject({
      outcome: 'inconclusive',
      reason: 'No traffic was sent',
    });
  });
});

describe('where it does not hold', () => {
  const clauses = { accepted: 'secrets/others-refused', refused: 'rotation/no-downtime' };
  const over = (change: Partial<Streaming>, turn: Partial<Turn>) => {
    const story = new Story({
      planned: [planned, ...Object.values(clauses).map((clause) => plannedClause(clause))],
    });
    story.begins(COURSE);
    story.stream({ id: 's', clauses, ...change });
    story.sends('s', { at: 1000, ...turn });
    story.tell({ type: 'dropped', at: 2000, stream: 's', due: 2000 });
    story.ends(COURSE, 3000);
    return judge(story.view).findings.map(({ clause, outcome }) => `${clause} ${outcome}`);
  };

  test('what was not served is in doubt, since it may have been our doing', () => {
    expect(over({ mode: 'fresh' }, { gone: 'reset' })).toContain('rotation/no-downtime inconclusive');
  });

  test('what was let in was let in', () => {
    expect(over({ with: 'one/rogue' }, { verdict: ACCEPTED })).toContain('secrets/others-refused fail');
  });
});
