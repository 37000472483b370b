import { expect, test } from 'vitest';
import { Story, TOPOLOGY } from '../history.fixture.ts';
import { toldTruth } from './told-truth.ts';

type Probe = { readonly present: boolean; readonly truthful?: boolean; readonly source?: 'adapter' };
const truth: Probe = { present: true, truthful: true };
const lie: Probe = { present: true, truthful: false };
const absence: Probe = { present: false };

/** A case from 1000 on, with a probe every second from 2000 on. */
const judged = (probes: readonly Probe[], before: (story: Story) => void = () => undefined) => {
  const story = new Story();
  before(story);
  story.begins('case', 1000);
  for (const [index, probe] of probes.entries()) {
    const at = 2000 + 1000 * index;
    story.tell({
      type: 'probe',
      at,
      case: 'case',
      attempt: 1,
      source: 'replica',
      ...probe,
      evidence: `seen at ${at}`,
    });
  }
  return toldTruth.judge(story.view, { case: 'case', attempt: 1 });
};

test('passes where every probe told the truth', () => {
  expect(judged([truth, truth])).toEqual({ outcome: 'pass' });
});

test('fails where one lied', () => {
  expect(judged([truth, lie, truth])).toEqual({ outcome: 'fail', reason: 'seen at 3000' });
});

test('fails where the truth of what is there was not seen', () => {
  expect(judged([{ present: true }])).toEqual({ outcome: 'fail', reason: 'seen at 2000' });
});

test('tells what is not there apart, and before any lie', () => {
  expect(judged([lie, absence])).toEqual({ outcome: 'fail', reason: 'seen at 3000', absent: true });
});

test('is in doubt where nothing was probed', () => {
  expect(judged([])).toEqual({ outcome: 'inconclusive', reason: 'Nothing was probed' });
});

test('is in doubt where somebody had stood still since the case began', () => {
  const doubt = { outcome: 'inconclusive', reason: 'Somebody stood still: seen at 2000' };
  expect(judged([lie], (story) => story.stall(1500, 1600))).toEqual(doubt);
  expect(judged([absence], (story) => story.stall(900, 1100))).toEqual(doubt);
  expect(judged([truth], (story) => story.stall(1500, 1600))).toEqual({ outcome: 'pass' });
});

test('but not where the adapter said so, which stands still for nobody', () => {
  const read: Probe = { ...absence, source: 'adapter' };
  expect(judged([read], (story) => story.stall(1500, 1600))).toMatchObject({ outcome: 'fail', absent: true });
});

test('but not where that was before, after or elsewhere', () => {
  expect(judged([lie], (story) => story.stall(500, 600))?.outcome).toBe('fail');
  expect(judged([lie], (story) => story.stall(2000, 2100))?.outcome).toBe('fail');
  expect(judged([lie], (story) => story.stall(1500, 1600, { topology: 'short' }))?.outcome).toBe('fail');
});

const healedAt =
  (healed: number, topology = TOPOLOGY) =>
  (story: Story): void => {
    story.fault('injecting', healed - 100, topology);
    story.fault('healed', healed, topology);
    story.stall(300, 600, { who: 'replica', topology: TOPOLOGY, replica: 'replica-2' });
  };

test('is in doubt where a standstill before the case left a replica still looking for the store', () => {
  expect(judged([lie], healedAt(200))?.outcome).toBe('inconclusive');
  expect(judged([lie], healedAt(200, 'short'))?.outcome).toBe('fail');
  expect(judged([lie], healedAt(-6000))?.outcome).toBe('fail');
  expect(judged([lie], (story) => story.fault('healed', 200))?.outcome).toBe('fail');
});

test('probes of other cases and attempts are none of its business', () => {
  const story = new Story();
  for (const other of [
    { case: 'other', attempt: 1 },
    { case: 'case', attempt: 2 },
  ])
    story.tell({ type: 'probe', at: 1, source: 'replica', ...other, ...lie, evidence: '' });
  expect(toldTruth.judge(story.view, { case: 'case', attempt: 1 })?.outcome).toBe('inconclusive');
});

const judgedUnder = (phase: 'witnessed' | 'unwitnessed') => {
  const story = new Story();
  story.begins('case', 1000);
  story.fault('injecting', 1500);
  story.fault(phase, 1600);
  story.tell({
    type: 'probe',
    at: 2000,
    case: 'case',
    attempt: 1,
    source: 'replica',
    ...lie,
    evidence: '',
  });
  return toldTruth.judge(story.view, { case: 'case', attempt: 1 })?.outcome;
};

test('is in doubt where nobody saw the fault take hold that it was asked about', () => {
  expect(judgedUnder('unwitnessed')).toBe('inconclusive');
  expect(judgedUnder('witnessed')).toBe('fail');
});
