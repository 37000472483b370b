import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { explain, UsageError } from '../harness/errors.ts';
import { loadVectors } from './load.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vectors-'));
});

afterAll(() => rm(folder, { recursive: true }));

const step = {
  clientId: 'a',
  timestamp: '1700000000000',
  nonce: '0123456789abcdef',
  rawBody: '{}',
  isMtlsAuthenticated: true,
  signWithSecret: 'public-test-secret',
  expect: { ok: true },
};

const vector = {
  id: 'replay',
  description: 'Two steps.',
  clientsById: { a: { hmacSecrets: ['public-test-secret'] } },
  steps: [step, { ...step, expect: { ok: false, errorCode: 'REPLAY_NONCE_USED' } }],
};

const file = {
  spec: 'signer-auth-v1',
  version: '1.0.0',
  defaults: {
    method: 'POST',
    path: '/sign',
    nowMs: 1700000000000,
    timestampMaxAgeMs: 60000,
    nonceTtlSeconds: 120,
    requireMtls: true,
  },
  vectors: [vector],
};

async function written(text: string | Uint8Array): Promise<string> {
  const path = join(folder, 'x.json');
  await writeFile(path, text);
  return path;
}

/** The one line a user reads, without the path they gave. */
async function complaint(content: unknown): Promise<string> {
  const path = await written(
    typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content),
  );
  const error: unknown = await loadVectors(path).then(
    () => new Error('nothing to complain of'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UsageError);
  expect(explain(error).startsWith(`${path}: `)).toBe(true);
  return explain(error).slice(path.length + 2);
}

const withStep = (change: object) => ({
  ...file,
  vectors: [{ ...vector, steps: [step, { ...step, ...change }] }],
});
const edge = (change: object) => ({ ...withStep(change), spec: 'signer-auth-v1-edge' });
const withVector = (change: object) => ({ ...file, vectors: [{ ...vector, ...change }] });
const withDefaults = (change: object) => ({ ...file, defaults: { ...file.defaults, ...change } });
const without = (object: object, name: string) =>
  Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));

test('a good file is read as it stands', async () => {
  const loaded = await loadVectors(await written(JSON.stringify(file)));
  expect(loaded).toEqual({
    ...file,
    vectors: [{ ...vector, clientsById: [['a', { hmacSecrets: ['public-test-secret'] }]] }],
  });
});

test('every optional field of a step is kept', async () => {
  const optional = { overrideSignature: '', method: 'PUT', path: '/sign?a=1' };
  const loaded = await loadVectors(await written(JSON.stringify(withStep(optional))));
  expect(loaded.vectors[0]?.steps[1]).toMatchObject(optional);
  expect(Object.keys(loaded.vectors[0]?.steps[0] ?? {})).toEqual(Object.keys(step));
});

test('clients keep the names that objects inherit', async () => {
  const clients = '{"__proto__":{"hmacSecrets":["p"]},"constructor":{"hmacSecrets":["c","d"]}}';
  const text = JSON.stringify(withVector({ clientsById: 0 })).replace(
    '"clientsById":0',
    `"clientsById":${clients}`,
  );
  const loaded = await loadVectors(await written(text));
  expect(loaded.vectors[0]?.clientsById).toEqual([
    ['__proto__', { hmacSecrets: ['p'] }],
    ['constructor', { hmacSecrets: ['c', 'd'] }],
  ]);
});

test('a fault in a client called __proto__ is found', async () => {
  const clients = '{"__proto__":{"hmacSecrets":[]}}';
  const text = JSON.stringify(withVector({ clientsById: 0 })).replace(
    '"clientsById":0',
    `"clientsById":${clients}`,
  );
  expect(await complaint(text)).toBe(
    'vector "replay": clientsById.__proto__.hmacSecrets must hold at least one secret, but is a list of 0',
  );
});

test.each([
  [
    'a timestamp that is no digits',
    withStep({ timestamp: '12a' }),
    'vector "replay" step 2: timestamp must be decimal digits, but is "12a"',
  ],
  [
    'an empty timestamp',
    withStep({ timestamp: '' }),
    'vector "replay" step 2: timestamp must be decimal digits, but is ""',
  ],
  [
    'a timestamp as a number',
    withStep({ timestamp: 12 }),
    'vector "replay" step 2: timestamp must be a string, but is 12',
  ],
  [
    'digits that are not ASCII',
    withStep({ timestamp: '\u0661' }),
    'vector "replay" step 2: timestamp must be decimal digits, but is "\u0661"',
  ],
  [
    'a nonce of 15 bytes',
    withStep({ nonce: '0123456789abcde' }),
    'vector "replay" step 2: nonce must be 16 to 256 bytes without a full stop, but is "0123456789abcde"',
  ],
  [
    'a nonce of 257 bytes',
    withStep({ nonce: 'n'.repeat(257) }),
    `vector "replay" step 2: nonce must be 16 to 256 bytes without a full stop, but is "${'n'.repeat(59)}… (259 characters)`,
  ],
  [
    'a nonce of 256 characters in 257 bytes',
    withStep({ nonce: `é${'n'.repeat(255)}` }),
    `vector "replay" step 2: nonce must be 16 to 256 bytes without a full stop, but is "é${'n'.repeat(58)}… (258 characters)`,
  ],
  [
    'a nonce with a full stop',
    withStep({ nonce: '01234567.89abcdef' }),
    'vector "replay" step 2: nonce must be 16 to 256 bytes without a full stop, but is "01234567.89abcdef"',
  ],
  [
    'an unknown error code',
    withStep({ expect: { ok: false, errorCode: 'AUTH_NO' } }),
    /^vector "replay" step 2: expect\.errorCode must be "AUTH_INVALID_CLIENT", .* or "INTERNAL_ERROR", but is "AUTH_NO"$/,
  ],
  [
    'a refusal without a code',
    withStep({ expect: { ok: false } }),
    'vector "replay" step 2: expect.errorCode is missing',
  ],
  [
    'an acceptance with a code',
    withStep({ expect: { ok: true, errorCode: 'RATE_LIMITED' } }),
    'vector "replay" step 2: expect must not hold "errorCode"; remove it',
  ],
  [
    'an expectation that is neither',
    withStep({ expect: { ok: 'yes' } }),
    'vector "replay" step 2: expect.ok must be true or false, but is "yes"',
  ],
  ['an empty expectation', withStep({ expect: {} }), 'vector "replay" step 2: expect.ok is missing'],
  ["a field of nobody's", withStep({ note: 'x' }), 'vector "replay" step 2 must not hold "note"; remove it'],
  [
    'a missing field',
    withVector({ steps: [without(step, 'rawBody')] }),
    'vector "replay" step 1: rawBody is missing',
  ],
  [
    'mTLS as text',
    withStep({ isMtlsAuthenticated: 'yes' }),
    'vector "replay" step 2: isMtlsAuthenticated must be true or false, but is "yes"',
  ],
  [
    'a path without a slash',
    withStep({ path: 'sign' }),
    'vector "replay" step 2: path must be a path of visible ASCII that starts with "/", but is "sign"',
  ],
  [
    'a method with a space',
    withStep({ method: 'GET /' }),
    'vector "replay" step 2: method must be an HTTP method, but is "GET /"',
  ],
  [
    'no steps',
    withVector({ steps: [] }),
    'vector "replay": steps must hold at least one step, but is a list of 0',
  ],
  [
    'a step that is null',
    withVector({ steps: [null] }),
    'vector "replay" step 1 must be an object, but is null',
  ],
  [
    'an id with a capital',
    withVector({ id: 'Replay' }),
    'vector "Replay": id must be lower-case letters, digits, "_" and "-", but is "Replay"',
  ],
  ['no id', { ...file, vectors: [vector, without(vector, 'id')] }, 'vector 2: id is missing'],
  [
    'an id used twice',
    { ...file, vectors: [vector, vector] },
    'vector "replay": id must be unique, and vector 1 of the file has it already',
  ],
  [
    'an unknown field of a vector',
    withVector({ tags: [] }),
    'vector "replay" must not hold "tags"; remove it',
  ],
  [
    'clients as a list',
    withVector({ clientsById: [] }),
    'vector "replay": clientsById must be an object, but is a list of 0',
  ],
  [
    'no clients',
    { ...file, vectors: [without(vector, 'clientsById')] },
    'vector "replay": clientsById is missing',
  ],
  [
    'an unknown field of a client',
    withVector({ clientsById: { a: { hmacSecrets: ['s'], name: 'A' } } }),
    'vector "replay": clientsById.a must not hold "name"; remove it',
  ],
  ['no vectors', { ...file, vectors: [] }, 'vectors must hold at least one vector, but is a list of 0'],
  [
    'a foreign spec',
    { ...file, spec: 'signer-auth-v2' },
    'spec must be "signer-auth-v1" or "signer-auth-v1-edge", but is "signer-auth-v2"',
  ],
  ['no spec', without(file, 'spec'), 'spec is missing'],
  [
    'a version that is not semantic',
    { ...file, version: '1.0' },
    'version must be a semantic version, such as "1.0.0", but is "1.0"',
  ],
  ['an unknown field of the file', { ...file, author: 'x' }, 'the file must not hold "author"; remove it'],
  [
    'a fraction of a millisecond',
    withDefaults({ nowMs: 1.5 }),
    'defaults.nowMs must be a whole number, but is 1.5',
  ],
  [
    'an instant beyond counting',
    withDefaults({ nowMs: 2 ** 53 }),
    'defaults.nowMs must be at most 9007199254740991, but is 9007199254740992',
  ],
  ['a negative instant', withDefaults({ nowMs: -1 }), 'defaults.nowMs must not be below 0, but is -1'],
  [
    'a time to live of nothing',
    withDefaults({ nonceTtlSeconds: 0 }),
    'defaults.nonceTtlSeconds must be above 0, but is 0',
  ],
  ['no defaults', without(file, 'defaults'), 'defaults is missing'],
  ['an unknown default', withDefaults({ skew: 1 }), 'defaults must not hold "skew"; remove it'],
  ['a list instead of a file', [], 'the file must be an object, but is a list of 0'],
  [
    'several faults',
    withStep({ timestamp: 'x', nonce: 'y' }),
    'vector "replay" step 2: timestamp must be decimal digits, but is "x" (and 1 more)',
  ],
])('%s is named by its place', async (_what, content, expected) => {
  expect(await complaint(content)).toEqual(
    typeof expected === 'string' ? expected : expect.stringMatching(expected),
  );
});

test('a value that may be a secret is not shown', async () => {
  const clients = withVector({ clientsById: { a: { hmacSecrets: 'not-for-your-eyes' } } });
  expect(await complaint(clients)).toBe(
    'vector "replay": clientsById.a.hmacSecrets must be a list, but is a string',
  );
  expect(await complaint(withStep({ signWithSecret: 12345678 }))).toBe(
    'vector "replay" step 2: signWithSecret must be a string, but is a number',
  );
});

test('the edge format lifts the syntax of timestamp and nonce and nothing else', async () => {
  const loaded = await loadVectors(await written(JSON.stringify(edge({ timestamp: 'soon', nonce: '' }))));
  expect(loaded.vectors[0]?.steps[1]).toMatchObject({ timestamp: 'soon', nonce: '' });
  expect(await complaint(edge({ nonce: null }))).toBe(
    'vector "replay" step 2: nonce must be a string, but is null',
  );
  expect(await complaint(edge({ note: 'x' }))).toBe('vector "replay" step 2 must not hold "note"; remove it');
});

test.each([
  ['{"spec":\n  12a}', 'not JSON at line 2, column 5'],
  ["{\n 'spec': 1}", 'not JSON at line 2, column 2'],
  ['{"spec": 1,\n}', 'not JSON at line 2, column 1'],
  ['[1,\n2,\n]', 'not JSON at line 3, column 1'],
  ['{"a": "line\nbreak"}', 'not JSON at line 1, column 12'],
  ['{"a": 1} {', 'not JSON at line 1, column 10'],
  ['// comment', 'not JSON at line 1, column 1'],
  ['{"a": tru}', 'not JSON at line 1, column 10'],
  ['{"a":\n"unfinished', 'not JSON at line 2, column 12'],
  ['', 'not JSON at line 1, column 1'],
])('text that stops being JSON is named by line and column: %j', async (text, expected) => {
  expect(await complaint(text)).toBe(expected);
});

test('a file that is not JSON is not quoted', async () => {
  expect(await complaint('HMAC_SECRET=hunter2')).not.toContain('hunter2');
});

test('a byte order mark is no fault', async () => {
  const loaded = await loadVectors(await written(`\ufeff${JSON.stringify(file)}`));
  expect(loaded.version).toBe('1.0.0');
});

test('bytes that are not UTF-8 are refused rather than replaced', async () => {
  const text = Buffer.from(JSON.stringify(withStep({ rawBody: '~' })));
  text[text.lastIndexOf('~')] = 0xff;
  expect(await complaint(text)).toBe('not UTF-8 text; save it as UTF-8');
});

test('a file that is not there is named', async () => {
  const path = join(folder, 'nowhere.json');
  await expect(loadVectors(path)).rejects.toThrow(
    new UsageError(`${path}: no such file; name a vector file`),
  );
});

test('a folder in place of a file is named', async () => {
  await expect(loadVectors(folder)).rejects.toThrow(
    new UsageError(`${folder}: a directory, not a file; name a vector file`),
  );
});
