import { expect, test } from 'vitest';
import { Story } from '../harness/judge/history.fixture.ts';
import { chaosFindings, chaosStory, RESIDUAL } from './suffered.fixture.ts';
import { clauses } from './results.fixture.ts';
import {
  clausesUnderFaults,
  faultsByVerdict,
  measuredUnder,
  recoveryInWords,
  sufferedIn,
  tookHold,
} from './suffered.ts';

const suffered = () => sufferedIn(chaosStory().view);
const called = (name: string) => suffered().find(({ fault }) => fault === name)!;

test('a fault is told over the time of the case that injected it, with what became of that case’s requests', () => {
  const [ordeal] = called('store-unreachable').ordeals;
  expect(ordeal).toMatchObject({ case: 'chaos-store-unreachable', from: 2000, to: 3600 });
  const came = Map.groupBy(ordeal!.asked, ({ at }) => at).get('replica-1')!;
  expect(came.filter(({ from }) => from < 2300).map((each) => each.came)).toEqual(Array(5).fill('accepted'));
  const under = came.filter(({ from }) => from >= 2300 && from < 3250).map((each) => each.came);
  expect(under).toEqual(Array(10).fill('unavailable'));
});

/** What became of requests while it was in force. */
const under = (fault: string) =>
  new Set(
    called(fault).ordeals.flatMap(({ asked, band }) =>
      asked.flatMap(({ from, came }) => (from >= band.witnessed && from < band.healing ? came : [])),
    ),
  );

test('a refusal for another reason, and no answer, are told from a refusal as unavailable', () => {
  expect(under('replica-cut-off')).toEqual(new Set(['refused']));
  expect(under('store-paused')).toEqual(new Set(['unanswered']));
  expect(under('store-out-of-memory')).toEqual(new Set(['accepted']));
});

test('a fault injected by several cases is one fault, injected several times', () => {
  const story = new Story();
  for (const [id, at] of [
    ['one', 100],
    ['other', 2000],
  ] as const) {
    story.begins(id, at);
    story.fault('injecting', at + 10);
    story.fault('witnessed', at + 20);
    story.fault('healed', at + 520);
    story.ends(id, at + 600);
  }
  const [only, ...others] = sufferedIn(story.view);
  expect(others).toEqual([]);
  expect(only?.ordeals.map((ordeal) => ordeal.case)).toEqual(['one', 'other']);
  expect(tookHold(only!)).toBe('in force 2 times, 1.0 s in all');
});

test('a fault that no case asked for is told over its own time', () => {
  const story = new Story();
  story.fault('injecting', 100);
  story.fault('healed', 300);
  expect(sufferedIn(story.view)[0]?.ordeals).toEqual([
    expect.objectContaining({ from: 100, to: 300, asked: [] }),
  ]);
});

test('a replica has recovered when it lets in a request again, and all have when the last one has', () => {
  const story = new Story();
  story.begins('outage', 0);
  for (const [phase, at] of [
    ['injecting', 100],
    ['witnessed', 110],
    ['healing', 900],
    ['healed', 1000],
  ] as const)
    story.fault(phase, at);
  const asks = (at: number, to: string, verdict: string) =>
    story.exchange({ at, case: 'outage', to, verdict });
  asks(500, 'replica-1', 'accepted');
  asks(1010, 'replica-1', 'accepted');
  asks(1010, 'replica-2', 'SIGNER_UNAVAILABLE');
  expect(sufferedIn(story.view)[0]?.ordeals[0]).not.toHaveProperty('recoveredMs');
  asks(1200, 'replica-2', 'accepted');
  expect(sufferedIn(story.view)[0]?.ordeals[0]?.recoveredMs).toBe(210);
  expect(recoveryInWords(sufferedIn(story.view)[0]!)).toBe('after 210 ms');
});

test('faults come with the findings of their cases, what failed first', () => {
  const faults = faultsByVerdict(suffered(), chaosFindings());
  expect(faults.map(({ fault, standing }) => [fault, standing])).toEqual([
    ['store-out-of-memory', 'broken'],
    ['store-slow', 'in-doubt'],
    ['store-paused', 'in-doubt'],
    ['clock-skewed', 'not-applicable'],
    ['store-unreachable', 'kept'],
    ['store-flushed', 'kept'],
    ['replica-cut-off', 'kept'],
  ]);
  expect(clausesUnderFaults(faults, clauses)).toEqual([
    'replay/single-use',
    'replay/shared',
    'replay/fail-closed',
  ]);
  expect(faults.flatMap(measuredUnder)).toEqual([
    { clause: 'replay/fail-closed', actual: 'slowest answer 41 ms' },
    { clause: 'replay/single-use', actual: RESIDUAL },
  ]);
});
