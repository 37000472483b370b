import { expect, test } from 'vitest';
import { ACCEPTED, type Knowledge, type Maybe, type Peer, type WireRequest } from '../contract.ts';
import { observe, type Facts } from './facts.ts';
import type { Holding } from './holding.ts';
import { rightVerdicts, spentBy } from './oracle.ts';
import { carrying, signedRequest, withHeader, type Draft } from './request.ts';

const now = 1_700_000_000_000;
const draft: Draft = {
  client: 'a',
  timestamp: String(now),
  nonce: '0123456789abcdef',
  method: 'POST',
  target: '/sign',
  body: Buffer.from('{}'),
};
const offer = { method: 'POST', target: '/sign', body: '{}' };
const secrets = ['current', 'next', 'b-secret'].map((id) => ({ id, value: `public-test-${id}` }));

const holding: Holding = {
  clients: [
    ['a', ['current']],
    ['b', ['b-secret']],
  ],
  clientTrust: ['old-ca'],
  requireMtls: true,
  timestampMaxAgeMs: 60_000,
  nonceTtlSeconds: 120,
  server: 'server-1',
  storeNamespace: '0/nonce:',
};
const both: Holding = { ...holding, clients: [['a', ['current', 'next']]] };

const peer: Peer = {
  id: 'client-cert',
  issuer: 'old-ca',
  notBefore: now - 3_600_000,
  notAfter: now + 3_600_000,
  purposes: ['client'],
};

const knowing = (change: Partial<Knowledge<Holding>> = {}): Knowledge<Holding> => ({
  holdings: [holding],
  clock: { from: now, to: now },
  spent: () => 'no',
  storeDown: 'no',
  ...change,
});
const factsOf = (request: WireRequest): Facts => observe(request, secrets, offer);
const signed = (change: Partial<Draft> = {}, secret = 'current'): WireRequest =>
  signedRequest({ ...draft, ...change }, `public-test-${secret}`);
const right = (request: WireRequest, change: Partial<Knowledge<Holding>> = {}, as: Peer | null = peer) => [
  ...rightVerdicts(factsOf(request), as, knowing(change)),
];

test('a good request is accepted and nothing else is right', () => {
  expect(right(signed())).toEqual([ACCEPTED]);
});

/** Each breaks one rule more than the one below it; the first in the contract's order decides. */
const broken = {
  client: '',
  peer: null,
  unknown: 'stranger',
  timestamp: String(now - 120_000),
  nonce: 'short',
  signature: 'not hex',
} as const;

test.each<[string, WireRequest, Peer | null]>([
  ['AUTH_INVALID_CLIENT', carrying({ ...draft, client: '', timestamp: 'x', nonce: '' }, ''), null],
  ['AUTH_MTLS_REQUIRED', carrying({ ...draft, client: broken.unknown, timestamp: 'x', nonce: '' }, ''), null],
  [
    'AUTH_INVALID_CLIENT',
    carrying({ ...draft, client: broken.unknown, timestamp: 'x', nonce: '' }, ''),
    peer,
  ],
  ['AUTH_TIMESTAMP_SKEW', carrying({ ...draft, timestamp: broken.timestamp, nonce: broken.nonce }, ''), peer],
  ['AUTH_INVALID_NONCE', carrying({ ...draft, nonce: broken.nonce }, broken.signature), peer],
  ['AUTH_INVALID_SIGNATURE_FORMAT', carrying(draft, broken.signature), peer],
  ['AUTH_INVALID_HMAC', carrying(draft, 'deadbeef'), peer],
  ['REPLAY_NONCE_USED', signed(), peer],
])('%s is the first rule that is broken', (verdict, request, as) => {
  expect(right(request, { spent: () => 'yes' }, as)).toEqual([verdict]);
});

test('a store that is down is met after the signature and before the replay', () => {
  const down: Partial<Knowledge<Holding>> = { storeDown: 'yes', spent: () => 'no' };
  expect(right(signed(), down)).toEqual(['SIGNER_UNAVAILABLE', 'INTERNAL_ERROR']);
  expect(right(carrying(draft, 'deadbeef'), down)).toEqual(['AUTH_INVALID_HMAC']);
});

test.each(['yes', 'maybe'] as const)(
  'without its store a replica may remember what is spent, and lets nothing in (spent: %s)',
  (spent) => {
    expect(right(signed(), { storeDown: 'yes', spent: () => spent })).toEqual([
      'REPLAY_NONCE_USED',
      'SIGNER_UNAVAILABLE',
      'INTERNAL_ERROR',
    ]);
  },
);

test('where the store may be down, either may be right, and so may what would follow', () => {
  expect(right(signed(), { storeDown: 'maybe' })).toEqual(['SIGNER_UNAVAILABLE', 'INTERNAL_ERROR', ACCEPTED]);
  expect(right(signed(), { storeDown: 'maybe', spent: () => 'yes' })).toEqual([
    'SIGNER_UNAVAILABLE',
    'INTERNAL_ERROR',
    'REPLAY_NONCE_USED',
  ]);
});

test.each<[Maybe, string[]]>([
  ['no', [ACCEPTED]],
  ['maybe', ['REPLAY_NONCE_USED', ACCEPTED]],
  ['yes', ['REPLAY_NONCE_USED']],
])('spent before: %s', (spent, verdicts) => {
  expect(right(signed(), { spent: () => spent })).toEqual(verdicts);
});

test('it is asked of the key of this client and this nonce', () => {
  const asked: string[] = [];
  right(signed(), { spent: (key) => (asked.push(key), 'no') });
  expect(asked).toEqual(['["a","0123456789abcdef"]']);
  expect(factsOf(signed()).readings.map(spentBy)).toEqual(asked);
});

test('of a request that was not authenticated nobody asks whether it was spent', () => {
  const asked: string[] = [];
  right(signed({}, 'next'), { spent: (key) => (asked.push(key), 'no') });
  expect(asked).toEqual([]);
});

test.each([
  [-60_001, ['AUTH_TIMESTAMP_SKEW']],
  [-60_000, [ACCEPTED]],
  [60_000, [ACCEPTED]],
  [60_001, ['AUTH_TIMESTAMP_SKEW']],
])('a timestamp %d ms from a known instant', (offset, verdicts) => {
  expect(right(signed({ timestamp: String(now + offset) }))).toEqual(verdicts);
});

test.each([
  ['goes stale', now - 60_000],
  ['has just become fresh', now + 60_010],
])('a timestamp that %s while we wait may be either', (_what, timestamp) => {
  const clock = { from: now, to: now + 10 };
  expect(right(signed({ timestamp: String(timestamp) }), { clock })).toEqual([
    'AUTH_TIMESTAMP_SKEW',
    ACCEPTED,
  ]);
});

test('a clock interval wider than the whole window still leaves both open', () => {
  const clock = { from: now - 100_000, to: now + 100_000 };
  expect(right(signed(), { clock })).toEqual(['AUTH_TIMESTAMP_SKEW', ACCEPTED]);
});

test('a clock interval that ends at the boundary is decided', () => {
  const clock = { from: now - 10, to: now };
  expect(right(signed({ timestamp: String(now - 60_000) }), { clock })).toEqual([ACCEPTED]);
  expect(right(signed({ timestamp: String(now - 60_011) }), { clock })).toEqual(['AUTH_TIMESTAMP_SKEW']);
});

test.each(['', 'abc', '1.7e12', '-1', '+1700000000000', '9007199254740992', '\u0661'])(
  'the timestamp "%s" is refused at any time',
  (timestamp) => {
    const verdicts = right(signed({ timestamp })).filter((verdict) => verdict !== 'MALFORMED_REQUEST');
    expect(verdicts).toEqual(['AUTH_TIMESTAMP_SKEW']);
  },
);

test('an integer too great to count with is refused even by a clock that shows it', () => {
  const clock = { from: 2 ** 53, to: 2 ** 53 };
  const late = { ...peer, notAfter: 2 ** 53 };
  expect(right(signed({ timestamp: String(2 ** 53) }), { clock }, late)).toEqual(['AUTH_TIMESTAMP_SKEW']);
  expect(right(signed({ timestamp: String(2 ** 53 - 1) }), { clock }, late)).toEqual([ACCEPTED]);
});

test.each([
  ['0123456789abcde', 'AUTH_INVALID_NONCE'],
  ['0123456789abcdef', ACCEPTED],
  ['n'.repeat(256), ACCEPTED],
  ['n'.repeat(257), 'AUTH_INVALID_NONCE'],
  ['01234567.89abcdef', 'AUTH_INVALID_NONCE'],
])('the nonce "%s" is judged by its bytes', (nonce, verdict) => {
  expect(right(signed({ nonce }))).toEqual([verdict]);
});

test('hex digits that end in half a byte may be malformed or merely wrong', () => {
  expect(right(carrying(draft, 'abc'))).toEqual(['AUTH_INVALID_SIGNATURE_FORMAT', 'AUTH_INVALID_HMAC']);
});

test('what any of the states it may hold asks for is right', () => {
  expect(right(signed({}, 'next'), { holdings: [holding, both] })).toEqual(['AUTH_INVALID_HMAC', ACCEPTED]);
  expect(right(signed(), { holdings: [holding, both] })).toEqual([ACCEPTED]);
  const optional = { ...holding, requireMtls: false };
  expect(right(signed(), { holdings: [holding, optional] }, null)).toEqual(['AUTH_MTLS_REQUIRED', ACCEPTED]);
});

test('a secret counts only for the client that holds it', () => {
  expect(right(signed({}, 'b-secret'))).toEqual(['AUTH_INVALID_HMAC']);
  expect(right(signed({ client: 'b' }, 'b-secret'))).toEqual([ACCEPTED]);
});

test('names that objects inherit are no clients, unless they are registered', () => {
  expect(right(signed({ client: '__proto__' }))).toEqual(['AUTH_INVALID_CLIENT']);
  expect(right(signed({ client: 'constructor' }))).toEqual(['AUTH_INVALID_CLIENT']);
  const registered: Holding = { ...holding, clients: [['__proto__', ['current']]] };
  expect(right(signed({ client: '__proto__' }), { holdings: [registered] })).toEqual([ACCEPTED]);
});

test.each<[string, Peer | null]>([
  ['no certificate', null],
  ['one of an authority that is not trusted', { ...peer, issuer: 'new-ca' }],
  ['one for servers only', { ...peer, purposes: ['server'] }],
  ['one that has expired', { ...peer, notAfter: now - 1 }],
  ['one that is not valid yet', { ...peer, notBefore: now + 1 }],
])('a peer with %s needs mTLS, where mTLS is required', (_what, as) => {
  expect(right(signed(), {}, as)).toEqual(['AUTH_MTLS_REQUIRED']);
  expect(right(signed(), { holdings: [{ ...holding, requireMtls: false }] }, as)).toEqual([ACCEPTED]);
});

test('a certificate that expires while we wait may count or not', () => {
  const clock = { from: now, to: now + 10 };
  expect(right(signed(), { clock }, { ...peer, notAfter: now + 5 })).toEqual([
    'AUTH_MTLS_REQUIRED',
    ACCEPTED,
  ]);
});

test('during dual trust both authorities count', () => {
  const dual = { ...holding, clientTrust: ['old-ca', 'new-ca'] };
  for (const issuer of dual.clientTrust) {
    expect(right(signed(), { holdings: [dual] }, { ...peer, issuer })).toEqual([ACCEPTED]);
  }
});

test('a body or an endpoint that the signer was not said to serve may be refused for itself', () => {
  expect(right(signed({ body: Buffer.from('[]') }))).toEqual([
    ACCEPTED,
    'BODY_REFUSED',
    'POLICY_SELECTOR_DENIED',
    'POLICY_CALL_NOT_ALLOWED',
  ]);
  expect(right(signed({ target: '/other' }))).toEqual([ACCEPTED, 'NOT_SERVED', 'MALFORMED_REQUEST']);
});

test('a body is refused for itself only once the request is authenticated', () => {
  expect(right(signed({ body: Buffer.from('[]') }, 'next'))).toEqual(['AUTH_INVALID_HMAC']);
});

test('a header sent twice is right in any of its readings, or refused as malformed', () => {
  const twice = withHeader(signed(), 'client', ['a', 'b'], 'client twice');
  expect(new Set(right(twice))).toEqual(
    new Set([ACCEPTED, 'AUTH_INVALID_HMAC', 'AUTH_INVALID_CLIENT', 'MALFORMED_REQUEST']),
  );
});

test('no reading of an unauthenticated request is ever an acceptance', () => {
  const twice = withHeader(carrying(draft, 'deadbeef'), 'nonce', [draft.nonce, draft.nonce], 'nonce twice');
  expect(right(twice, { storeDown: 'maybe', spent: () => 'maybe' })).not.toContain(ACCEPTED);
});
