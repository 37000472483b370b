import { join } from 'node:path';
import { expect, test } from 'vitest';
import { clauses } from '../harness/contract/signer-auth-v1/clauses.ts';
import { errorCodes, type ErrorCode } from '../harness/contract/signer-auth-v1/verdicts.ts';
import { clauseOfExpectation, clauseOfVector } from './clauses.ts';
import { loadVectors } from './load.ts';

const files = await Promise.all(
  ['signer-auth-v1.json', 'signer-auth-v1-edge.json'].map((name) =>
    loadVectors(join(import.meta.dirname, name)),
  ),
);
const ids = files.flatMap(({ vectors }) => vectors.map(({ id }) => id));

test('each of our vectors has one clause, and no clause waits for a vector that is gone', () => {
  expect(Object.keys(clauseOfVector).toSorted()).toEqual(ids.toSorted());
});

test('our vectors speak for every clause that a vector can decide', () => {
  expect([...new Set(Object.values(clauseOfVector))].toSorted()).toEqual([
    'canonical/agreed',
    'canonical/body-bound',
    'canonical/method-bound',
    'canonical/nonce-bound',
    'canonical/target-bound',
    'canonical/timestamp-bound',
    'client/exact',
    'client/registered-only',
    'mtls/required',
    'nonce/format',
    'nonce/range-accepted',
    'replay/after-authentication',
    'replay/client-scoped',
    'replay/key',
    'replay/single-use',
    'secrets/each-allowed',
    'secrets/others-refused',
    'signature/case',
    'signature/format',
    'signature/verified',
    'time/format',
    'time/future-refused',
    'time/past-refused',
    'time/window-accepted',
    'verdict/order',
  ]);
});

test('the runbook’s checklist is there, id by id', () => {
  expect(files[0]?.vectors.map(({ id }) => id)).toEqual([
    'valid_hmac_mtls_single_use',
    'replay_nonce_rejected',
    'timestamp_skew_rejected',
    'mtls_required_rejected',
    'rotated_secret_accepted',
    'invalid_hmac_rejected',
    'invalid_signature_format_rejected',
    'unknown_client_rejected',
  ]);
});

test('a vector of somebody else’s finds its clause by what it expects', () => {
  expect(clauseOfExpectation(undefined)).toBe('canonical/agreed');
  expect(clauseOfExpectation('AUTH_INVALID_NONCE')).toBe('nonce/format');
  expect(clauseOfExpectation('REPLAY_NONCE_USED')).toBe('replay/single-use');
  for (const code of Object.keys(errorCodes) as ErrorCode[]) {
    expect(Object.keys(clauses)).toContain(clauseOfExpectation(code));
  }
});
