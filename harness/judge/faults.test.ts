import { describe, expect, test } from 'vitest';
import { clockDuring } from './clock-at.ts';
import { mayHaveForgotten, storeAwayDuring } from './faults.ts';
import { Story, TOPOLOGY } from './history.fixture.ts';

type Store = 'away' | 'unsure' | 'forgetful' | 'sound';

/** A fault that is witnessed at once, and healed at its end. */
function broken(story: Story, fault: string, store: Store, [from, to]: readonly [number, number]): void {
  story.broken({ fault, store, phase: 'injecting', at: from });
  story.broken({ fault, store, phase: 'witnessed', at: from + 1 });
  story.broken({ fault, store, phase: 'healed', at: to });
}

const span = (from: number, to: number, topology = TOPOLOGY) => ({
  topology,
  replica: 'replica-1',
  from,
  to,
});

describe('while a fault was witnessed that makes the store', () => {
  test.each([
    ['away', 'yes'],
    ['unsure', 'maybe'],
    ['forgetful', 'maybe'],
    ['sound', 'no'],
  ] as const)('%s, it was out of reach: %s', (store, answer) => {
    const story = new Story();
    broken(story, 'trial', store, [1000, 3000]);
    expect(storeAwayDuring(story.view, span(2000, 2010))).toBe(answer);
    expect(storeAwayDuring(story.view, span(2000, 2010, 'short'))).toBe('no');
    expect(storeAwayDuring(story.view, span(90_000, 90_010))).toBe('no');
  });
});

const both = (inner: Store): Story => {
  const story = new Story();
  story.broken({ fault: 'outer', phase: 'injecting', at: 1000 });
  story.broken({ fault: 'outer', phase: 'witnessed', at: 1100 });
  broken(story, 'inner', inner, [1200, 1400]);
  story.broken({ fault: 'outer', phase: 'healed', at: 3000 });
  return story;
};

describe('of two faults', () => {
  test('the one that goes on counts when the other is healed', () => {
    expect(storeAwayDuring(both('unsure').view, span(1500, 1510))).toBe('yes');
    expect(storeAwayDuring(both('sound').view, span(1500, 1510))).toBe('yes');
  });

  test('the surer one counts while both are in force', () => {
    expect(storeAwayDuring(both('unsure').view, span(1300, 1310))).toBe('yes');
  });
});

describe('what was spent may have been forgotten', () => {
  const story = new Story();
  broken(story, 'trial', 'forgetful', [1000, 2000]);
  test.each<[string, readonly [number, number], readonly [number, number], boolean]>([
    ['where it was spent before and is asked about after', [500, 510], [2500, 2510], true],
    ['where it was spent meanwhile', [1500, 1510], [2500, 2510], true],
    ['where it is asked about meanwhile', [500, 510], [1500, 1510], true],
    ['and is not where both came before', [500, 510], [900, 990], false],
    ['and is not where both came after', [2100, 2110], [2500, 2510], false],
  ])('%s', (_when, spent, asked, forgotten) => {
    expect(mayHaveForgotten(story.view, span(...spent), span(...asked))).toBe(forgotten);
  });

  test('and is not by a store that was only away', () => {
    const away = new Story();
    broken(away, 'trial', 'away', [1000, 2000]);
    expect(mayHaveForgotten(away.view, span(500, 510), span(2500, 2510))).toBe(false);
  });

  test('for ever, where nobody has put an end to it', () => {
    const endless = new Story();
    endless.broken({ store: 'forgetful', phase: 'injecting', at: 1000 });
    expect(mayHaveForgotten(endless.view, span(5000, 5010), span(9000, 9010))).toBe(true);
  });
});

describe('a fault of one replica', () => {
  const story = new Story();
  const usual = { fault: 'trial', replicas: ['replica-1'] };
  story.broken({ ...usual, phase: 'injecting', at: 1000 });
  story.broken({ ...usual, phase: 'witnessed', at: 1100 });
  story.broken({ ...usual, phase: 'healed', at: 3000 });
  test.each([
    ['replica-1', 'yes'],
    ['replica-2', 'no'],
    // Who served it is not known.
    [null, 'maybe'],
  ])('concerns %s: %s', (replica, answer) => {
    expect(storeAwayDuring(story.view, { ...span(2000, 2010), replica })).toBe(answer);
  });
});

test('a fault that is witnessed only when it is healed was in force since then for what was sent meanwhile', () => {
  const story = new Story();
  story.broken({ phase: 'injecting', at: 1000 });
  story.broken({ phase: 'witnessed', at: 2900, since: 1200 });
  story.broken({ phase: 'healing', at: 3000 });
  expect(storeAwayDuring(story.view, span(1100, 1110))).toBe('maybe');
  expect(storeAwayDuring(story.view, span(1200, 2000))).toBe('yes');
  expect(storeAwayDuring(story.view, span(2990, 3010))).toBe('maybe');
});

test('one that is still there after it was healed leaves everything open', () => {
  const story = new Story();
  story.broken({ phase: 'injecting', at: 1000 });
  story.broken({ phase: 'witnessed', at: 1100 });
  story.broken({ phase: 'healing', at: 2000 });
  story.broken({ phase: 'unhealed', at: 7000, evidence: 'the store does not answer' });
  expect(storeAwayDuring(story.view, span(90_000, 90_010))).toBe('maybe');
  expect(story.view.faults.all).toMatchObject([{ unhealed: 'the store does not answer', healed: Infinity }]);
});

describe('while the clock of a replica is put 30 s ahead', () => {
  const story = new Story();
  const usual = { fault: 'trial', store: 'sound', replicas: ['replica-1'], clockOffsetMs: 30_000 } as const;
  story.broken({ ...usual, phase: 'injecting', at: 1000 });
  story.broken({ ...usual, phase: 'witnessed', at: 1100 });
  story.broken({ ...usual, phase: 'healing', at: 3000 });
  story.broken({ ...usual, phase: 'healed', at: 3100 });
  test.each<[string, readonly [number, number], string, readonly [number, number]]>([
    ['it is that of the replica for certain', [2000, 2010], 'replica-1', [30_000, 30_000]],
    ['it may be while it is being put so', [1050, 1060], 'replica-1', [0, 30_000]],
    ['it may be while it is being put right', [3050, 3060], 'replica-1', [0, 30_000]],
    ['it is not before', [900, 910], 'replica-1', [0, 0]],
    ['it is not after', [3200, 3210], 'replica-1', [0, 0]],
    ['the other replica keeps its own', [2000, 2010], 'replica-2', [0, 0]],
  ])('%s', (_when, [from, to], replica, [least, most]) => {
    const clock = clockDuring(story.view, { topology: TOPOLOGY, replica, from, to });
    const { from: before, to: after } = clockDuring(new Story().view, {
      topology: TOPOLOGY,
      replica,
      from,
      to,
    });
    expect([clock.from - before, clock.to - after]).toEqual([least, most]);
  });
});
