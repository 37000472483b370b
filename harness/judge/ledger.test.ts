import { describe, expect, test } from 'vitest';
import { ACCEPTED } from '../contract/contract.ts';
import { bareDialect, factsOf, holding, Story, type Episode } from './history.fixture.ts';
import { retention, spentBefore } from './ledger.ts';

const nonce = 'the-nonce-in-question';
const key = JSON.stringify(['one', nonce]);
const TTL = holding.nonceTtlSeconds * 1000;

/** Whether the nonce had been spent when the second of two requests was judged, which is sent at 1000. */
function spentAfter(first: Partial<Episode>, second: Partial<Episode> = {}, story = new Story()) {
  story.exchange({ at: 100, until: 150, nonce, verdict: ACCEPTED, ...first });
  const later = story.exchange({ at: 1000, until: 1020, nonce, verdict: 'REPLAY_NONCE_USED', ...second });
  return spentBefore(story.view, later, key);
}

test('nobody else spent it', () => {
  const story = new Story();
  const only = story.exchange({ at: 0, nonce, verdict: ACCEPTED });
  expect(spentBefore(story.view, only, key)).toBe('no');
});

test('accepted before this one was sent: spent', () => {
  expect(spentAfter({})).toBe('yes');
  expect(spentAfter({ at: 900, until: 1000 })).toBe('yes');
});

test('accepted by the other replica, or through the balancer, it is spent all the same', () => {
  expect(spentAfter({ to: 'replica-2' })).toBe('yes');
  expect(spentAfter({ to: 'balancer', servedBy: 'replica-2' })).toBe('yes');
});

test('accepted while this one was under way: perhaps', () => {
  expect(spentAfter({ at: 990, until: 1001 })).toBe('maybe');
  expect(spentAfter({ at: 1019, until: 1030 })).toBe('maybe');
});

test('sent only after this one had its answer: not spent', () => {
  expect(spentAfter({ at: 1020, until: 1030 })).toBe('no');
});

test('accepted before the store was made to forget: perhaps', () => {
  const story = new Story();
  story.broken({ store: 'forgetful', phase: 'injecting', at: 500 });
  story.broken({ store: 'forgetful', phase: 'healed', at: 600 });
  expect(spentAfter({}, {}, story)).toBe('maybe');
  expect(spentAfter({ at: 700, until: 710 }, {}, story)).toBe('yes');
});

describe('around the end of the time to live', () => {
  test.each([
    ['well before it', { at: TTL - 500, until: TTL - 400 }, 'yes'],
    ['answered within the grain of the clocks before it', { at: TTL + 85, until: TTL + 91 }, 'maybe'],
    ['under way across it', { at: TTL + 50, until: TTL + 200 }, 'maybe'],
    ['within the grain of the clocks after it', { at: TTL + 155, until: TTL + 165 }, 'maybe'],
    ['well after it', { at: TTL + 161, until: TTL + 170 }, 'no'],
  ] as const)('%s', (_when, second, expected) => {
    expect(spentAfter({ at: 100, until: 150 }, second)).toBe(expected);
  });
});

test.each([
  ['nobody answered it', { verdict: undefined, lost: 'reset' }],
  ['it timed out', { verdict: undefined, lost: 'timeout' }],
  ['it is still under way', { verdict: undefined }],
  ['a dependency was out', { verdict: 'SIGNER_UNAVAILABLE' }],
  ['something broke inside', { verdict: 'INTERNAL_ERROR' }],
  ['the policy denied it', { verdict: 'POLICY_CALL_NOT_ALLOWED' }],
  ['a limit stopped it, before or after its nonce was spent', { verdict: 'RATE_LIMITED' }],
  ['the dialect has no word for the answer', { verdict: undefined, answer: { status: 418 } }],
] as const)('perhaps, where %s', (_why, first) => {
  const { verdict, ...rest } = first as { verdict?: string };
  const story = new Story();
  story.exchange({ at: 100, until: 150, nonce, ...rest, ...(verdict !== undefined && { verdict }) });
  const later = story.exchange({ at: 1000, nonce, verdict: ACCEPTED });
  expect(spentBefore(story.view, later, key)).toBe('maybe');
  const muchLater = story.exchange({ at: 10 * TTL, nonce, verdict: ACCEPTED });
  // By then the one accepted at 1000 is over, and the other may have been judged at any time since it was sent.
  expect(spentBefore(story.view, muchLater, key)).toBe('maybe');
});

test.each(['AUTH_INVALID_HMAC', 'AUTH_TIMESTAMP_SKEW', 'REPLAY_NONCE_USED', 'MALFORMED_REQUEST'])(
  'refused as %s it has spent nothing',
  (verdict) => {
    expect(spentAfter({ verdict })).toBe('no');
  },
);

test('a certificate refused in the handshake has spent nothing', () => {
  const story = new Story();
  story.exchange({ at: 100, nonce, lost: 'alert', alert: 'unknown_ca' });
  const later = story.exchange({ at: 1000, nonce, verdict: ACCEPTED });
  expect(spentBefore(story.view, later, key)).toBe('no');
});

test('an answer that may stand for several refusals spends only if one of them may', () => {
  const story = new Story({ dialect: bareDialect });
  story.exchange({ at: 100, nonce, answer: { status: 401, body: '{"error":"unauthorized"}' } });
  const later = story.exchange({ at: 1000, nonce, verdict: ACCEPTED });
  expect(spentBefore(story.view, later, key)).toBe('no');
});

test('two topologies are two stores', () => {
  const story = new Story();
  story.topology('short');
  expect(spentAfter({ topology: 'short' }, {}, story)).toBe('no');
  expect(spentAfter({}, { topology: 'short' }, story)).toBe('yes');
});

test('two clients may use one nonce, and two nonces are two keys', () => {
  expect(spentAfter({ client: 'other' })).toBe('no');
  expect(spentAfter({ nonce: 'another-nonce-altogether' })).toBe('no');
});

test('a certain spending outweighs a possible one, in either order', () => {
  const story = new Story();
  story.exchange({ at: 50, nonce, lost: 'reset' });
  expect(spentAfter({}, {}, story)).toBe('yes');
  const other = new Story();
  other.exchange({ at: 300, nonce, lost: 'reset' });
  expect(spentAfter({}, {}, other)).toBe('yes');
});

test('a header sent twice was spent under one of its readings, and nobody knows under which', () => {
  const { readings } = factsOf();
  const twice = factsOf({
    facts: { readings: ['n-1', nonce].map((each) => ({ ...readings[0]!, nonce: each })), oddWire: true },
  });
  expect(spentAfter({ facts: twice })).toBe('maybe');
  const same = factsOf({ facts: { readings: [0, 1].map(() => ({ ...readings[0]!, nonce })) } });
  expect(spentAfter({ facts: same })).toBe('yes');
});

test('retention is the shortest and the longest of all states a replica may have held', () => {
  const story = new Story();
  const longer = { ...holding, nonceTtlSeconds: 300 };
  const before = story.exchange({ at: 0, until: 40, nonce, verdict: ACCEPTED });
  story.state('begun', 50, longer, { deadline: 90 });
  const during = story.exchange({ at: 60, until: 70, nonce, verdict: ACCEPTED });
  const after = story.exchange({ at: 95, until: 99, nonce, verdict: ACCEPTED });
  expect(retention(story.view, before)).toEqual({ least: 119_990, most: 120_010 });
  expect(retention(story.view, during)).toEqual({ least: 119_990, most: 300_010 });
  expect(retention(story.view, after)).toEqual({ least: 299_990, most: 300_010 });
});

test('where the time to live may have changed, only what is past either end is decided', () => {
  const story = new Story();
  story.state('begun', 50, { ...holding, nonceTtlSeconds: 300 }, { deadline: 5050 });
  story.exchange({ at: 100, until: 150, nonce, verdict: ACCEPTED });
  const at = (moment: number) =>
    spentBefore(story.view, story.exchange({ at: moment, nonce, lost: 'reset', case: 'x' }), key);
  expect(at(130_000)).toBe('maybe');
});
