import { expect, test } from 'vitest';
import { ACCEPTED, type WireAnswer } from '../contract.ts';
import { dialectSchema, errorBody, jsonObject, readAnswer, type Dialect } from './dialect.ts';
import { errorCodes, refusals, type ErrorCode } from './verdicts.ts';

const plain = dialectSchema.parse({});
const answer = (status: number, body: unknown = ''): WireAnswer => ({
  status,
  headers: [],
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const meaning = (dialect: Dialect, given: WireAnswer) => [...readAnswer(dialect, given)];

test.each(Object.entries(errorCodes) as [ErrorCode, number][])(
  'the contract’s own %s is understood',
  (code, status) => {
    expect(meaning(plain, answer(status, { errorCode: code }))).toEqual([code]);
    // The wrong status is a remark on form, not another verdict.
    expect(meaning(plain, answer(418, { errorCode: code }))).toEqual([code]);
  },
);

test.each([200, 201, 204, 299])('status %d is an acceptance in every dialect', (status) => {
  const renaming = dialectSchema.parse({ answers: [{ means: ['AUTH_INVALID_HMAC'] }] });
  for (const dialect of [plain, renaming]) {
    expect(meaning(dialect, answer(status, { errorCode: 'AUTH_INVALID_HMAC' }))).toEqual([ACCEPTED]);
  }
});

test.each([300, 302, 401, 409, 500])('status %d is never an acceptance', (status) => {
  const everything = dialectSchema.parse({ answers: [{ means: refusals }] });
  for (const dialect of [plain, everything]) {
    expect(meaning(dialect, answer(status, { ok: true }))).not.toContain(ACCEPTED);
  }
});

test.each([
  { answers: [{ status: 200, means: ['AUTH_INVALID_HMAC'] }] },
  { answers: [{ status: 401, means: ['accepted'] }] },
  { answers: [{ status: 401, means: [] }] },
  { answers: [{ status: 401 }] },
  { answers: [{ status: 401, means: ['AUTH_INVALID_HMAC'], body: 'x' }] },
  { answers: [{ error: '(', means: ['AUTH_INVALID_HMAC'] }] },
  { handshake: ['accepted'] },
  { handshake: [] },
  { name: 'mine' },
])('a dialect cannot say %j', (dialect) => {
  expect(dialectSchema.safeParse(dialect).success).toBe(false);
});

test('a certificate refused in the handshake stands for the first two refusals, or for what the dialect says', () => {
  expect(plain.handshake).toEqual(['AUTH_MTLS_REQUIRED', 'AUTH_INVALID_CLIENT']);
  expect(dialectSchema.parse({ handshake: ['AUTH_MTLS_REQUIRED'] }).handshake).toEqual([
    'AUTH_MTLS_REQUIRED',
  ]);
});

test('a row matches on every field it gives, and the first that fits holds', () => {
  const dialect = dialectSchema.parse({
    answers: [
      { status: 401, error: '^replayed nonce$', means: ['REPLAY_NONCE_USED'] },
      { status: 401, errorCode: 'E7', means: ['AUTH_INVALID_NONCE'] },
      { status: 401, means: ['AUTH_INVALID_HMAC', 'AUTH_TIMESTAMP_SKEW'] },
      { status: 401, error: 'late', means: ['AUTH_TIMESTAMP_SKEW'] },
    ],
  });
  expect(meaning(dialect, answer(401, { error: 'replayed nonce' }))).toEqual(['REPLAY_NONCE_USED']);
  expect(meaning(dialect, answer(401, { errorCode: 'E7' }))).toEqual(['AUTH_INVALID_NONCE']);
  expect(meaning(dialect, answer(401, { error: 'late' }))).toEqual([
    'AUTH_INVALID_HMAC',
    'AUTH_TIMESTAMP_SKEW',
  ]);
  expect(meaning(dialect, answer(401))).toEqual(['AUTH_INVALID_HMAC', 'AUTH_TIMESTAMP_SKEW']);
  expect(meaning(dialect, answer(403, { error: 'replayed nonce' }))).toEqual([]);
  expect(meaning(dialect, answer(403, { errorCode: 'AUTH_MTLS_REQUIRED' }))).toEqual(['AUTH_MTLS_REQUIRED']);
});

test('a row may rename even the contract’s own words', () => {
  const dialect = dialectSchema.parse({
    answers: [{ errorCode: 'AUTH_INVALID_HMAC', means: ['AUTH_INVALID_CLIENT', 'AUTH_INVALID_HMAC'] }],
  });
  const given = answer(401, { errorCode: 'AUTH_INVALID_HMAC' });
  expect(meaning(dialect, given)).toEqual(['AUTH_INVALID_CLIENT', 'AUTH_INVALID_HMAC']);
});

test.each([
  [400, ['MALFORMED_REQUEST']],
  [404, ['NOT_SERVED']],
  [429, ['RATE_LIMITED']],
  [500, ['INTERNAL_ERROR']],
  [503, ['SIGNER_UNAVAILABLE']],
  [401, []],
  [409, []],
])('status %d without words, or with unknown ones, means %j', (status, means) => {
  for (const body of ['', 'not json', '[]', 'null', {}, { errorCode: 7 }, { errorCode: 'E_OTHER' }]) {
    expect(meaning(plain, answer(status, body))).toEqual(means);
  }
});

test.each(['constructor', '__proto__', 'toString'])(
  'the inherited name "%s" is no error code',
  (errorCode) => {
    expect(meaning(plain, answer(401, { errorCode }))).toEqual([]);
  },
);

test('an error body gives its words only where they are text', () => {
  expect(errorBody(answer(401, { error: 'no', errorCode: 'X', more: 1 }))).toEqual({
    error: 'no',
    errorCode: 'X',
    fields: { error: 'no', errorCode: 'X', more: 1 },
  });
  expect(errorBody(answer(401, { error: 1, errorCode: null }))).toEqual({
    fields: { error: 1, errorCode: null },
  });
  expect(errorBody(answer(401, 'nothing'))).toEqual({});
});

test('only an object is a JSON object', () => {
  expect(jsonObject('{"a":1}')).toEqual({ a: 1 });
  for (const body of ['', '[]', 'null', '1', '"a"', '{']) expect(jsonObject(body)).toBeUndefined();
});
