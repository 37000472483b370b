import { expect, test } from 'vitest';
import { ACCEPTED } from '../../contract/contract.ts';
import type { EventOf } from '../events.ts';
import { Story, type Episode } from '../history.fixture.ts';
import { keyInStore } from './key-in-store.ts';

const nonce = 'the-nonce-in-question';
const expectedKey = `nonce:${JSON.stringify(['one', nonce])}`;

type Found = EventOf<'store-look'>['found'];

/** One request and one look into the store for it. */
const judged = (found: Found, request: Partial<Episode> = { verdict: ACCEPTED }, at = 100, other?: Found) => {
  const story = new Story();
  story.begins('case');
  story.exchange({ at: 0, nonce, ...request });
  for (const each of other ? [found, other] : [found]) {
    const retentionMs = 120_000;
    const look = { type: 'store-look', at, case: 'case', attempt: 1, request: 'as signed' } as const;
    story.tell({ ...look, expectedKey, found: each, retentionMs });
  }
  return keyInStore.judge(story.view, { case: 'case', attempt: 1 });
};

test('passes where the contract’s key is there and will be forgotten in time', () => {
  expect(judged([{ key: expectedKey, ttlMs: 119_900 }])).toEqual({ outcome: 'pass' });
  expect(judged([{ key: expectedKey, ttlMs: 120_000 }])).toEqual({ outcome: 'pass' });
});

test('passes where there is another key besides', () => {
  expect(
    judged([
      { key: `index:${nonce}`, ttlMs: 5 },
      { key: expectedKey, ttlMs: 5 },
    ]),
  ).toEqual({
    outcome: 'pass',
  });
});

test('fails where the key is another', () => {
  expect(judged([{ key: `nonce:one:${nonce}`, ttlMs: 119_900 }])).toEqual({
    outcome: 'fail',
    reason: 'The replay store was searched for the nonce of an accepted request',
    expected: expectedKey,
    actual: `nonce:one:${nonce}`,
  });
});

test('fails where there is none', () => {
  expect(judged([])).toMatchObject({ outcome: 'fail', actual: 'no key that holds it' });
});

test('fails where it is never forgotten, or too late', () => {
  const expected = `${expectedKey} for at most 120000 ms`;
  expect(judged([{ key: expectedKey, ttlMs: -1 }])).toEqual({
    outcome: 'fail',
    expected,
    actual: 'a key that never expires',
  });
  expect(judged([{ key: expectedKey, ttlMs: 120_001 }])).toEqual({
    outcome: 'fail',
    expected,
    actual: 'a key for 120001 ms',
  });
});

test.each([
  ['was refused for want of the store', { verdict: 'SIGNER_UNAVAILABLE' }],
  ['was lost', { lost: 'reset' }],
  ['had another nonce', { nonce: 'another-nonce-16b', verdict: ACCEPTED }],
  ['belonged to another attempt', { attempt: 2, verdict: ACCEPTED }],
] as const)('no key shows nothing where the request %s', (_what, request) => {
  expect(judged([], request)).toEqual({
    outcome: 'inconclusive',
    reason: 'Nothing shows that the nonce it looked for was spent',
  });
});

test('no key shows nothing where the look came as late as the key may have gone', () => {
  expect(judged([], { verdict: ACCEPTED }, 119_990)?.outcome).toBe('inconclusive');
  expect(judged([], { verdict: ACCEPTED }, 119_989)?.outcome).toBe('fail');
});

test('one look that shows a fault decides, whatever the others leave open', () => {
  expect(judged([], { lost: 'reset' }, 100, [{ key: expectedKey, ttlMs: -1 }])?.outcome).toBe('fail');
});

test('is in doubt where nobody looked', () => {
  expect(keyInStore.judge(new Story().view, { case: 'case', attempt: 1 })).toEqual({
    outcome: 'inconclusive',
    reason: 'Nobody looked into the replay store',
  });
});
