import { describe, expect, test } from 'vitest';
import { ACCEPTED } from '../contract/contract.ts';
import { EPOCH, Story, TOPOLOGY, type Episode } from './history.fixture.ts';
import { knowledgeOf } from './knowledge.ts';

describe('the clock of the replica', () => {
  test('shows some moment between send and answer', () => {
    const story = new Story();
    const { clock } = knowledgeOf(story.view, story.exchange({ at: 100, until: 130, verdict: ACCEPTED }));
    expect(clock).toEqual({ from: EPOCH + 100, to: EPOCH + 130 });
  });

  test('is off by what is known of it, and by no more than what is not', () => {
    const story = new Story({ clock: { clockOffsetMs: 500, clockErrorMs: 20 } });
    const { clock } = knowledgeOf(story.view, story.exchange({ at: 100, until: 130, verdict: ACCEPTED }));
    expect(clock).toEqual({ from: EPOCH + 580, to: EPOCH + 650 });
  });

  test('may be that of any replica that could have served it', () => {
    const story = new Story();
    const clocks = [
      { name: 'replica-1', clockOffsetMs: -300, clockErrorMs: 5 },
      { name: 'replica-2', clockOffsetMs: 40, clockErrorMs: 1 },
    ];
    story.tell({ type: 'topology', at: 0, topology: 'skewed', replicas: clocks });
    const of = (servedBy: string | null) =>
      knowledgeOf(
        story.view,
        story.exchange({ at: 0, until: 10, topology: 'skewed', to: 'balancer', servedBy, lost: 'reset' }),
      ).clock;
    expect(of('replica-1')).toEqual({ from: EPOCH - 305, to: EPOCH - 285 });
    expect(of('replica-2')).toEqual({ from: EPOCH + 39, to: EPOCH + 51 });
    expect(of(null)).toEqual({ from: EPOCH - 305, to: EPOCH + 51 });
  });

  test('may show any later moment while nothing has come back', () => {
    const story = new Story();
    expect(knowledgeOf(story.view, story.exchange({ at: 100 })).clock.to).toBe(Infinity);
  });
});

const outage = (): Story => {
  const story = new Story();
  story.fault('injecting', 1000);
  story.fault('witnessed', 1200);
  story.fault('healing', 3000);
  story.fault('healed', 3100);
  return story;
};
const storeDown = (story: Story, episode: Episode) =>
  knowledgeOf(story.view, story.exchange({ verdict: ACCEPTED, ...episode })).storeDown;

describe('the store', () => {
  test.each([
    ['before the fault', 900, 990, 'no'],
    ['across its beginning', 990, 1010, 'maybe'],
    ['before anybody has witnessed it', 1050, 1100, 'maybe'],
    ['across the moment it was witnessed', 1190, 1210, 'maybe'],
    ['while it was witnessed', 1210, 2990, 'yes'],
    ['across the beginning of the end', 2990, 3010, 'maybe'],
    ['while it is healed', 3010, 3090, 'maybe'],
    ['within the bound for recovery', 8090, 8095, 'maybe'],
    ['after the bound for recovery', 8100, 8110, 'no'],
  ] as const)('%s', (_when, at, until, expected) => {
    expect(storeDown(outage(), { at, until })).toBe(expected);
  });

  test('of another topology has nothing to do with it', () => {
    const story = outage();
    story.topology('short');
    expect(storeDown(story, { at: 1500, until: 1510, topology: 'short' })).toBe('no');
  });

  test('may be out for ever where the fault was never witnessed and never healed', () => {
    const story = new Story();
    story.fault('injecting', 1000);
    story.fault('unwitnessed', 1200);
    expect(storeDown(story, { at: 90_000, until: 90_010 })).toBe('maybe');
  });

  test('goes out a second time after it has recovered from the first', () => {
    const story = outage();
    story.fault('injecting', 20_000);
    story.fault('witnessed', 20_100);
    expect(storeDown(story, { at: 19_000, until: 19_010 })).toBe('no');
    expect(storeDown(story, { at: 20_200, until: 20_210 })).toBe('yes');
  });

  test('may seem out to a replica while anybody stands still, even where the outage is certain', () => {
    const story = outage();
    story.stall(1300, 1400);
    story.stall(500, 700);
    expect(storeDown(story, { at: 600, until: 610 })).toBe('maybe');
    expect(storeDown(story, { at: 1350, until: 1360 })).toBe('maybe');
    expect(storeDown(story, { at: 100, until: 110 })).toBe('no');
  });

  test('is given longer to be found again by a replica that stood still meanwhile', () => {
    const story = outage();
    story.stall(4000, 9000, { who: 'replica', topology: TOPOLOGY, replica: 'replica-1' });
    expect(storeDown(story, { at: 10_000, until: 10_010, to: 'replica-1' })).toBe('maybe');
    expect(storeDown(story, { at: 10_000, until: 10_010, to: 'replica-2' })).toBe('no');
    expect(storeDown(story, { at: 13_500, until: 13_510, to: 'replica-1' })).toBe('no');
  });
});

test('what was spent is asked of the ledger, what was held of the states', () => {
  const story = new Story();
  story.exchange({ at: 0, nonce: 'spent-nonce-16-b', verdict: ACCEPTED });
  const knowledge = knowledgeOf(story.view, story.exchange({ at: 100, verdict: ACCEPTED }));
  expect(knowledge.spent('["one","spent-nonce-16-b"]')).toBe('yes');
  expect(knowledge.spent('["one","fresh-nonce-16-b"]')).toBe('no');
  expect(knowledge.holdings).toHaveLength(1);
});

const lost = (store: 'away' | 'sound', losesReplies?: true) => {
  const story = new Story();
  story.broken({ phase: 'injecting', at: 1000, store, ...(losesReplies && { losesReplies }) });
  story.broken({ phase: 'witnessed', at: 1100, store });
  story.broken({ phase: 'healed', at: 3000, store });
  return (at: number) => {
    const exchange = story.exchange({ at, until: at + 10, verdict: 'SIGNER_UNAVAILABLE' });
    return knowledgeOf(story.view, exchange).spent(exchange.keys[0]!);
  };
};

describe('a nonce that nobody else has used may be called used', () => {
  test('while replies to what the store carried out are lost, and no longer', () => {
    const spent = lost('away', true);
    expect([900, 1050, 2000, 3100].map(spent)).toEqual(['no', 'maybe', 'maybe', 'no']);
  });

  test('where its connections end under it', () => {
    const spent = lost('away');
    expect([900, 1050, 2000, 3100].map(spent)).toEqual(['no', 'maybe', 'no', 'no']);
  });

  test('but for no fault that leaves the store alone', () => {
    expect([1050, 2000].map(lost('sound'))).toEqual(['no', 'no']);
  });
});
