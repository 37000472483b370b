import { expect, test } from 'vitest';
import { ACCEPTED, type HeaderPair, type Verdict, type WireAnswer } from '../contract.ts';
import { fingerprint, form } from './form.ts';

const refusal = {
  error: 'The signature is not right',
  errorCode: 'AUTH_INVALID_HMAC',
  requestId: 'r-1',
  retryable: false,
};
const success = {
  signature: ['0x1', '0x2', '0x3', '0x4'],
  signatureMode: 'v2_snip12',
  signatureKind: 'Snip12',
  signerProvider: 'local',
  sessionPublicKey: '0x1',
  domainHash: '0x5',
  messageHash: '0x6',
  requestId: 'r-1',
  audit: { policyDecision: 'allow', decidedAt: '2026-01-02T03:04:05Z', keyId: 'default', traceId: 't-1' },
};

const answer = (status: number, body: unknown, headers: HeaderPair[] = []): WireAnswer => ({
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});
const meaning = (...verdicts: Verdict[]): ReadonlySet<Verdict> => new Set(verdicts);
const hmac = meaning('AUTH_INVALID_HMAC');
const without = (object: object, name: string) =>
  Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));

const ruleOf = (clause: string) => form.find((rule) => rule.clause === clause)!;
const codes = (given: WireAnswer, meant = hmac) => ruleOf('answers/codes').remarks(given, meant);
const envelope = (given: WireAnswer, meant = hmac) => ruleOf('answers/envelope').remarks(given, meant);
const body = (given: WireAnswer, meant = meaning(ACCEPTED)) =>
  ruleOf('answers/success-body').remarks(given, meant);

test('the contract’s own words draw no remark', () => {
  expect(codes(answer(401, refusal))).toEqual([]);
  expect(envelope(answer(401, refusal))).toEqual([]);
  expect(body(answer(200, success))).toEqual([]);
});

test('codes that are missing, foreign or sent with another status are remarked on', () => {
  expect(codes(answer(401, { error: 'no' }))).toEqual(['status 401 without an errorCode']);
  expect(codes(answer(401, 'no'))).toEqual(['status 401 without an errorCode']);
  expect(codes(answer(401, { errorCode: 'BAD_HMAC' }))).toEqual([
    'errorCode "BAD_HMAC" is not one of the contract\'s',
  ]);
  expect(codes(answer(403, refusal))).toEqual(['errorCode AUTH_INVALID_HMAC with status 403 instead of 401']);
});

test('each fault of an envelope is remarked on', () => {
  expect(envelope(answer(401, 'no'))).toEqual(['the body is not a JSON object']);
  expect(envelope(answer(401, { ...refusal, hint: 'x' }))).toEqual(['unexpected field "hint"']);
  expect(envelope(answer(401, without(refusal, 'requestId')))).toEqual(['no field "requestId"']);
  expect(envelope(answer(401, { ...refusal, retryable: 'no' }))).toEqual([
    'field "retryable" is not a boolean',
  ]);
});

test.each(['constructor', 'toString', '__proto__'])(
  'the inherited name "%s" is an unexpected field like any other',
  (name) => {
    const text = JSON.stringify(refusal).replace('{', `{"${name}":1,`);
    expect(envelope(answer(401, text))).toEqual([`unexpected field "${name}"`]);
  },
);

test.each([
  ['an acceptance', meaning(ACCEPTED)],
  ['a refusal the contract has no code for', meaning('MALFORMED_REQUEST')],
])('codes and envelope are no matter where the answer means %s', (_what, meant) => {
  expect(codes(answer(400, 'x'), meant)).toBeUndefined();
  expect(envelope(answer(400, 'x'), meant)).toBeUndefined();
});

test('a refusal that nobody has a word for is in no good form, and a success is none of their business', () => {
  expect(codes(answer(401, JSON.stringify({ errorCode: 'auth_invalid_hmac' })), meaning())).toEqual([
    'errorCode "auth_invalid_hmac" is not one of the contract\'s',
  ]);
  expect(envelope(answer(400, 'x'), meaning())).toEqual(['the body is not a JSON object']);
  expect(codes(answer(302, 'x'), meaning())).toBeUndefined();
});

test.each<[string, unknown]>([
  ['signature', ['0x1', '0x2', '0x3']],
  ['signature', ['0x1', '0x2', '0x3', 'r']],
  ['signatureMode', 'v1'],
  ['signatureKind', 'snip12'],
  ['signerProvider', 'cloud'],
  ['sessionPublicKey', `0x${'1'.repeat(65)}`],
  ['domainHash', 5],
  ['messageHash', '0x'],
  ['requestId', ''],
  ['audit', { ...success.audit, policyDecision: 'deny' }],
  ['audit', { ...success.audit, decidedAt: 'yesterday' }],
  ['audit', null],
])('a success with a wrong %s is remarked on', (name, value) => {
  expect(body(answer(200, { ...success, [name]: value }))).toContain(
    `field "${name}" is missing or malformed`,
  );
  expect(body(answer(200, without(success, name)))).toContain(`field "${name}" is missing or malformed`);
});

test('the session key of a success is the first felt of its signature', () => {
  expect(body(answer(200, { ...success, sessionPublicKey: '0x9' }))).toEqual([
    'the first felt of "signature" is not "sessionPublicKey"',
  ]);
});

test('the body of a refusal is not judged as a success', () => {
  expect(body(answer(401, refusal), hmac)).toBeUndefined();
  expect(body(answer(200, 'ok'))).toEqual(['the body is not a JSON object']);
});

test('a signer attempts the success body when it answers with a signature', () => {
  const rule = ruleOf('answers/success-body');
  expect(rule.attempted?.(answer(200, success))).toBe(true);
  expect(rule.attempted?.(answer(200, { signature: null }))).toBe(true);
  for (const other of ['{"ok":true}', '[]', 'ok', '']) {
    expect(rule.attempted?.(answer(200, other))).toBe(false);
  }
});

const skew = meaning('AUTH_TIMESTAMP_SKEW');
const headers: HeaderPair[] = [
  ['Content-Type', 'application/json'],
  ['Date', 'today'],
];
const print = (given: WireAnswer, meant = hmac) => fingerprint(given, meant);

test('refusals that differ only in what they may differ in have one fingerprint', () => {
  const first = { ...refusal, service: 'signer', status: 'refused' };
  const other = { ...first, error: 'Too late', errorCode: 'AUTH_TIMESTAMP_SKEW', requestId: 'r-2' };
  const reversed = Object.fromEntries(Object.entries(other).toReversed());
  const otherHeaders: HeaderPair[] = [
    ['x-frame', 'deny'],
    ['date', 'tomorrow'],
    ['content-length', '5'],
    ['content-type', 'application/json'],
  ];
  expect(print(answer(401, first, [...headers, ['X-Frame', 'deny']]))).toBe(
    print(answer(401, reversed, otherHeaders), skew),
  );
});

test.each<[string, WireAnswer]>([
  ['another field', answer(401, { ...refusal, expected: 'ab' }, headers)],
  ['another value', answer(401, { ...refusal, retryable: true }, headers)],
  ['another header', answer(401, refusal, [...headers, ['x-reason', 'hmac']])],
  ['no JSON', answer(401, 'no', headers)],
])('a refusal with %s has another fingerprint', (_what, other) => {
  expect(print(other)).not.toBe(print(answer(401, refusal, headers)));
});

test('only what surely is an authentication refusal has a fingerprint', () => {
  const given = answer(401, refusal);
  expect(print(given, meaning('AUTH_INVALID_HMAC', 'AUTH_INVALID_CLIENT'))).toBeDefined();
  for (const meant of [meaning(), meaning(ACCEPTED), meaning('AUTH_INVALID_HMAC', 'SIGNER_UNAVAILABLE')]) {
    expect(print(given, meant)).toBeUndefined();
  }
});
