import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rightVerdicts } from '../harness/contract/signer-auth-v1/oracle.ts';
import { signerAuthV1 } from '../harness/contract/signer-auth-v1/signer-auth-v1.ts';
import { judgeVectors, type Oracle } from './judge.ts';
import { loadVectors } from './load.ts';
import type { Defaults, VectorFile } from './schema.ts';

const checklist = await loadVectors(join(import.meta.dirname, 'signer-auth-v1.json'));
const edge = await loadVectors(join(import.meta.dirname, 'signer-auth-v1-edge.json'));

const failedBy = (file: VectorFile, oracle?: Oracle) =>
  judgeVectors(file, oracle)
    .filter(({ ok }) => !ok)
    .map(({ id }) => id);

test.each([
  ['signer-auth-v1', checklist],
  ['signer-auth-v1-edge', edge],
])('the oracle agrees with every step of %s', (_name, file) => {
  const disagreements = judgeVectors(file).flatMap(({ id, steps }) =>
    steps.flatMap((step, index) => (step.ok ? [] : [{ id, step: index + 1, ...step }])),
  );
  expect(disagreements).toEqual([]);
  expect(judgeVectors(file).map(({ id, steps }) => [id, steps.length])).toEqual(
    file.vectors.map(({ id, steps }) => [id, steps.length]),
  );
});

test('a flipped expectation is noticed, in whichever step it stands', () => {
  for (const file of [checklist, edge]) {
    for (const [v, vector] of file.vectors.entries()) {
      for (const [s, step] of vector.steps.entries()) {
        const expectation = step.expect.ok
          ? ({ ok: false, errorCode: 'INTERNAL_ERROR' } as const)
          : ({ ok: true } as const);
        const steps = vector.steps.with(s, { ...step, expect: expectation });
        const [result] = judgeVectors({ ...file, vectors: [{ ...vector, steps }] });
        expect(result?.ok, `vector ${v + 1} step ${s + 1}`).toBe(false);
        expect(result?.steps.map(({ ok }) => ok)).toEqual(steps.map((_, index) => index !== s));
      }
    }
  }
});

test('another refusal than the expected one is noticed', () => {
  const vector = checklist.vectors.find(({ id }) => id === 'invalid_hmac_rejected');
  const steps = vector!.steps.map((step) =>
    step.expect.ok ? step : { ...step, expect: { ok: false, errorCode: 'AUTH_INVALID_CLIENT' } as const },
  );
  const [result] = judgeVectors({ ...checklist, vectors: [{ ...vector!, steps }] });
  expect(result?.steps[0]).toEqual({
    expected: 'AUTH_INVALID_CLIENT',
    right: ['AUTH_INVALID_HMAC'],
    ok: false,
  });
});

const withDefaults = (change: Partial<Defaults>): VectorFile => ({
  ...edge,
  defaults: { ...edge.defaults, ...change },
});

test.each([
  [{ timestampMaxAgeMs: 59_999 }, ['timestamp_oldest_fresh_accepted', 'timestamp_latest_fresh_accepted']],
  [
    { timestampMaxAgeMs: 60_001 },
    ['timestamp_one_ms_too_old_rejected', 'timestamp_one_ms_too_far_ahead_rejected'],
  ],
  [
    { nowMs: edge.defaults.nowMs + 1 },
    ['timestamp_oldest_fresh_accepted', 'timestamp_one_ms_too_far_ahead_rejected'],
  ],
  [{ requireMtls: false }, ['order_mtls_before_client_known', 'refused_request_spends_no_nonce']],
  [{ path: '/v2/sign' }, ['signature_upper_case_accepted']],
  [{ method: 'PATCH' }, ['signature_upper_case_accepted']],
])('other defaults than the file was written for are noticed: %j', (change, ids) => {
  expect(failedBy(withDefaults(change))).toEqual(expect.arrayContaining(ids));
});

test.each<[string, Oracle, string]>([
  ['that never spends', { ...signerAuthV1, spends: () => [] }, 'nonce_in_new_request_rejected'],
  [
    'that forgets whose nonce it was',
    { ...signerAuthV1, spends: ({ readings }) => readings.map(({ nonce }) => JSON.stringify(['a', nonce])) },
    'replay_key_delimiter_accepted',
  ],
  [
    'that knows every secret to be right',
    {
      ...signerAuthV1,
      observe: (request, secrets, offer) => {
        const facts = signerAuthV1.observe(request, secrets, offer);
        return {
          ...facts,
          readings: facts.readings.map((r) => ({ ...r, verifies: secrets.map(({ id }) => id) })),
        };
      },
    },
    'secret_not_listed_rejected',
  ],
  [
    'that hedges',
    {
      ...signerAuthV1,
      rightVerdicts: (...given) => new Set([...rightVerdicts(...given), 'INTERNAL_ERROR']),
    },
    'nonce_16_bytes_accepted',
  ],
  ['that says nothing', { ...signerAuthV1, rightVerdicts: () => new Set() }, 'nonce_16_bytes_accepted'],
])('an oracle %s is noticed', (_lie, oracle, id) => {
  expect(failedBy(edge, oracle)).toContain(id);
});

test('vectors do not spend each other’s nonces', () => {
  const [single] = checklist.vectors;
  const twice = { ...checklist, vectors: [single!, { ...single!, id: 'again' }] };
  expect(failedBy(twice)).toEqual([]);
});
