import { expect, test } from 'vitest';
import { ACCEPTED } from '../../contract/contract.ts';
import { Story, type Episode } from '../history.fixture.ts';
import { failedClosed } from './failed-closed.ts';

/** An outage from 1000 to 9000, witnessed at 1100, and requests sent at 2000 unless they say otherwise. */
const judged = (episodes: readonly Partial<Episode>[], change: (story: Story) => void = () => undefined) => {
  const story = new Story();
  story.begins('case', 500);
  story.fault('injecting', 1000);
  story.fault('witnessed', 1100);
  story.fault('healing', 9000);
  story.fault('healed', 9010);
  change(story);
  for (const episode of episodes) story.exchange({ at: 2000, until: 2100, ...episode });
  return failedClosed.judge(story.view, { case: 'case', attempt: 1 });
};
const closed = { verdict: 'SIGNER_UNAVAILABLE' } as const;

test('passes where every request of the outage was answered in time', () => {
  expect(judged([closed, { until: 4000, verdict: 'INTERNAL_ERROR' }])).toEqual({ outcome: 'pass' });
});

test('a certificate refused in the handshake was answered', () => {
  expect(judged([{ lost: 'alert', alert: 'unknown_ca', peer: null }])).toEqual({ outcome: 'pass' });
});

test('fails where one came too late', () => {
  expect(judged([closed, { ...closed, until: 4001, to: 'replica-2' }])).toEqual({
    outcome: 'fail',
    expected: 'an answer within 2000 ms',
    actual: expect.stringMatching(/^SIGNER_UNAVAILABLE .* after 2001 ms$/),
    replica: 'replica-2',
  });
});

test('fails where one was left hanging', () => {
  expect(judged([{ until: 7000, lost: 'timeout' }])).toMatchObject({
    outcome: 'fail',
    actual: 'no answer (socket closed) after 5000 ms',
  });
});

test('is in doubt where a connection was lost: nobody knows by whom', () => {
  expect(judged([closed, { lost: 'reset' }])?.outcome).toBe('inconclusive');
});

test('is in doubt where the record ends before an answer', () => {
  const story = new Story();
  story.begins('case');
  story.fault('injecting', 1000);
  story.fault('witnessed', 1100);
  story.exchange({ at: 2000 });
  expect(failedClosed.judge(story.view, { case: 'case', attempt: 1 })).toMatchObject({
    outcome: 'inconclusive',
    reason: 'It was interrupted',
  });
});

const stall = (story: Story): void => story.stall(2500, 2600);

test('is in doubt where somebody stood still, unless another request fails', () => {
  const late = { ...closed, until: 5000 } as const;
  expect(judged([late], stall)?.outcome).toBe('inconclusive');
  expect(judged([late, { ...closed, at: 3000, until: 6000 }], stall)?.outcome).toBe('fail');
});

test('says nothing of a fault that nobody witnessed', () => {
  const story = new Story();
  story.begins('case');
  story.fault('injecting', 1000);
  story.fault('unwitnessed', 1100);
  story.exchange({ at: 2000, verdict: ACCEPTED });
  expect(failedClosed.judge(story.view, { case: 'case', attempt: 1 })).toBeUndefined();
});

test('is in doubt where nothing was sent while the fault held', () => {
  const outside = [
    { ...closed, at: 600, until: 700 },
    { ...closed, at: 9100, until: 9200 },
  ];
  expect(judged(outside)).toEqual({
    outcome: 'inconclusive',
    reason: 'No request was sent while the fault held',
  });
});

test('only the requests of the case and the attempt count', () => {
  const hanging = { until: 7000, lost: 'timeout' } as const;
  expect(judged([closed, { ...hanging, case: 'other' }, { ...hanging, attempt: 2 }])).toEqual({
    outcome: 'pass',
  });
});

test('what never began is not judged', () => {
  expect(failedClosed.judge(new Story().view, { case: 'case', attempt: 1 })).toBeUndefined();
});
