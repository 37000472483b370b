import { expect, test } from 'vitest';
import { ACCEPTED } from '../contract.ts';
import { authenticationRefusals, errorCodes, refusals } from './verdicts.ts';
import { signedRequest, withHeader, type Draft } from './request.ts';
import { signerAuthV1 } from './signer-auth-v1.ts';

const draft: Draft = {
  client: 'a',
  timestamp: '1700000000000',
  nonce: '0123456789abcdef',
  method: 'POST',
  target: '/sign',
  body: Buffer.from('{}'),
};
const offer = { method: 'POST', target: '/sign', body: '{}' };

test('every clause has an id of its own and a sentence', () => {
  const ids = signerAuthV1.clauses.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { id, sentence } of signerAuthV1.clauses) {
    expect(id).toMatch(/^[a-z]+\/[a-z-]+$/);
    expect(sentence).toMatch(/^[A-Z].*\.$/);
  }
});

test('only a clause that a signer need not meet is optional, and none of those is a must', () => {
  const optional = signerAuthV1.clauses.filter((clause) => clause.optional);
  expect(optional.map(({ id }) => id)).toEqual([
    'ready/truthful',
    'reload/without-restart',
    'answers/success-body',
  ]);
  expect(optional.map(({ level }) => level)).toEqual(['should', 'should', 'should']);
});

test('the rules of form and the checks over a history speak for clauses', () => {
  const ids = signerAuthV1.clauses.map(({ id }) => id);
  const spokenFor = [
    ...signerAuthV1.form.map(({ clause }) => clause),
    ...Object.values(signerAuthV1.checked),
  ];
  expect(ids).toEqual(expect.arrayContaining(spokenFor));
});

test('a request is marked by its nonce', () => {
  const facts = signerAuthV1.observe(signedRequest(draft, 'public-test-secret'), [], offer);
  expect(signerAuthV1.mark(facts)).toBe('0123456789abcdef');
});

test('a request spends one key, and one for each way to read it', () => {
  const request = signedRequest(draft, 'public-test-secret');
  expect(signerAuthV1.spends(signerAuthV1.observe(request, [], offer))).toEqual(['["a","0123456789abcdef"]']);
  const twice = withHeader(request, 'nonce', ['first-nonce-0000', 'second-nonce-000'], 'nonce twice');
  expect(signerAuthV1.spends(signerAuthV1.observe(twice, [], offer))).toEqual([
    '["a","first-nonce-0000"]',
    '["a","second-nonce-000"]',
    '["a","first-nonce-0000, second-nonce-000"]',
    '["a",""]',
  ]);
});

test('a spent key stays spent for the configured seconds', () => {
  const holding = signerAuthV1.holding.parse({
    clients: [['__proto__', ['s']]],
    clientTrust: [],
    requireMtls: true,
    timestampMaxAgeMs: 60_000,
    nonceTtlSeconds: 120,
    server: 's',
    storeNamespace: '0/',
  });
  expect(holding.clients).toEqual([['__proto__', ['s']]]);
  expect(signerAuthV1.retentionMs(holding)).toBe(120_000);
});

test('the handshake refusal is the dialect’s', () => {
  const dialect = signerAuthV1.dialect.parse({ handshake: ['AUTH_MTLS_REQUIRED'] });
  expect([...signerAuthV1.readHandshakeRefusal(dialect)]).toEqual(['AUTH_MTLS_REQUIRED']);
});

test('the contract’s special verdicts are refusals of the contract', () => {
  const { unknowable, unavailable, mayHaveSpent } = signerAuthV1;
  for (const verdicts of [unknowable, unavailable, mayHaveSpent]) {
    expect(refusals).toEqual(expect.arrayContaining([...verdicts]));
  }
  expect(refusals).not.toContain(ACCEPTED);
  expect(authenticationRefusals.filter((verdict) => mayHaveSpent.has(verdict))).toEqual([]);
});

test('the statuses of the error codes are those of the contract', () => {
  expect(errorCodes).toEqual({
    AUTH_INVALID_CLIENT: 401,
    AUTH_MTLS_REQUIRED: 403,
    AUTH_TIMESTAMP_SKEW: 401,
    AUTH_INVALID_NONCE: 401,
    AUTH_INVALID_SIGNATURE_FORMAT: 401,
    AUTH_INVALID_HMAC: 401,
    REPLAY_NONCE_USED: 409,
    POLICY_SELECTOR_DENIED: 422,
    POLICY_CALL_NOT_ALLOWED: 422,
    RATE_LIMITED: 429,
    SIGNER_UNAVAILABLE: 503,
    INTERNAL_ERROR: 500,
  });
});

test('a close stands for a refused certificate only where the signer refuses so and the certificate may be refused', () => {
  const silent = signerAuthV1.dialect.parse({ closesOnCertificate: true });
  const holding = signerAuthV1.holding.parse({
    clients: [],
    clientTrust: ['old'],
    requireMtls: true,
    timestampMaxAgeMs: 60_000,
    nonceTtlSeconds: 120,
    server: 'server',
    storeNamespace: '0:nonce:',
  });
  const knowledge = {
    holdings: [holding],
    clock: { from: 1000, to: 1001 },
    spent: () => 'no' as const,
    storeDown: 'no',
  } as const;
  const good = { id: 'good', issuer: 'old', notBefore: 0, notAfter: 2000, purposes: ['client'] } as const;

  expect(signerAuthV1.readClose(silent, null, knowledge)).toEqual(new Set(silent.handshake));
  expect(signerAuthV1.readClose(silent, { ...good, issuer: 'rogue' }, knowledge)).toEqual(
    new Set(silent.handshake),
  );
  expect(signerAuthV1.readClose(silent, good, knowledge)).toBeUndefined();
  expect(signerAuthV1.readClose(signerAuthV1.dialect.parse({}), null, knowledge)).toBeUndefined();
});
