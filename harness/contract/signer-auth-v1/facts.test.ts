import { expect, test } from 'vitest';
import type { HeaderPair, KnownSecret, WireRequest } from '../contract.ts';
import { factsSchema, observe, rightSignatures, type Reading } from './facts.ts';
import { carrying, headerOf, signedRequest, tampered, withHeader, type Draft } from './request.ts';

const draft: Draft = {
  client: 'treasury-bot',
  timestamp: '1700000000000',
  nonce: '0123456789abcdef',
  method: 'POST',
  target: '/sign',
  body: Buffer.from('{}'),
};
const secrets: KnownSecret[] = [
  { id: 'current', value: 'public-test-secret-1' },
  { id: 'next', value: 'public-test-secret-2' },
];
const offer = { method: 'POST', target: '/sign', body: '{}' };
const good = signedRequest(draft, 'public-test-secret-2');

const factsOf = (request: WireRequest) => observe(request, secrets, offer);
const readingOf = (request: WireRequest): Reading => {
  const { readings } = factsOf(request);
  expect(readings).toHaveLength(1);
  return readings[0]!;
};
const replacing = (name: string, pair: HeaderPair): WireRequest => ({
  ...good,
  headers: good.headers.map((header) => (header[0] === name ? pair : header)),
});

test('a plain request has one reading, with the secret that verifies it', () => {
  const facts = factsOf(good);
  expect(facts).toMatchObject({
    oddWire: false,
    endpointOffered: true,
    bodyOffered: true,
    method: 'POST',
    target: '/sign',
    bodyDigest: '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
  });
  expect(facts.readings).toEqual([
    {
      client: 'treasury-bot',
      timestamp: '1700000000000',
      nonce: '0123456789abcdef',
      nonceBytes: 16,
      signature: 'hex',
      verifies: ['next'],
    },
  ]);
});

test('facts hold no signature and no secret, and survive a history', () => {
  const text = JSON.stringify(factsOf(good));
  const [, signature] = good.headers.find(([name]) => name === 'X-Keyring-Signature')!;
  expect(text).not.toContain(signature);
  for (const { value } of secrets) expect(text).not.toContain(value);
  expect(factsSchema.parse(JSON.parse(text))).toEqual(factsOf(good));
});

test('the right signatures are those an honest client would send, whatever this request carries', () => {
  const sent = ['public-test-secret-1', 'public-test-secret-2'].map((value) =>
    headerOf(signedRequest(draft, value), 'signature'),
  );
  expect(rightSignatures(carrying(draft, 'deadbeef'), secrets)).toEqual(sent);
  expect(rightSignatures(good, [])).toEqual([]);
});

test('two secrets of one value both verify', () => {
  const twins = [...secrets, { id: 'twin', value: 'public-test-secret-2' }];
  expect(observe(good, twins, offer).readings[0]?.verifies).toEqual(['next', 'twin']);
});

test.each([
  ['target', { target: '/sign?a' }, { endpointOffered: false, bodyOffered: true }],
  ['method', { method: 'PUT' }, { endpointOffered: false, bodyOffered: true }],
  ['body', { body: Buffer.from('{ }') }, { endpointOffered: true, bodyOffered: false }],
])('a changed %s verifies nothing and is not what was offered', (_what, change, offered) => {
  const changed = tampered(good, 'changed', change);
  expect(factsOf(changed)).toMatchObject(offered);
  expect(readingOf(changed).verifies).toEqual([]);
});

test('upper-case hex verifies as lower-case hex does', () => {
  const [, signature] = good.headers.find(([name]) => name === 'X-Keyring-Signature')!;
  expect(readingOf(carrying(draft, signature.toUpperCase())).verifies).toEqual(['next']);
  expect(readingOf(carrying(draft, `${signature}00`)).verifies).toEqual([]);
  expect(readingOf(carrying(draft, signature.slice(0, 62))).verifies).toEqual([]);
});

test.each([
  ['', 'missing'],
  ['deadbeef', 'hex'],
  ['DEADBEEF', 'hex'],
  ['abc', 'odd-hex'],
  ['zz', 'not-hex'],
  ['0xab', 'not-hex'],
  ['ab cd', 'not-hex'],
  ['sha256=ab', 'not-hex'],
])('the signature "%s" is %s', (signature, form) => {
  expect(readingOf(carrying(draft, signature)).signature).toBe(form);
});

test.each(['client', 'timestamp', 'nonce'] as const)('a missing and an empty %s are the same', (role) => {
  const absent = withHeader(good, role, [], 'without');
  const empty = withHeader(good, role, [''], 'empty');
  expect(readingOf(absent)[role]).toBeNull();
  expect(factsOf(absent)).toEqual(factsOf(empty));
});

test('the name of a header has no case', () => {
  expect(readingOf(replacing('X-Keyring-Nonce', ['x-KEYRING-nonce', draft.nonce]))).toEqual(readingOf(good));
});

test('white space around a value is no part of it, within it is', () => {
  expect(readingOf(replacing('X-Keyring-Nonce', ['X-Keyring-Nonce', ` \t${draft.nonce}\t `]))).toEqual(
    readingOf(good),
  );
  const inside = readingOf(withHeader(good, 'nonce', ['01234567 89abcdef'], 'space'));
  expect(inside).toMatchObject({ nonce: '01234567 89abcdef', nonceBytes: 17, verifies: [] });
});

test('a nonce is measured in bytes of UTF-8 and read as text', () => {
  const request = signedRequest({ ...draft, nonce: 'é23456789abcdef' }, 'public-test-secret-1');
  expect(readingOf(request)).toMatchObject({
    nonce: 'é23456789abcdef',
    nonceBytes: 16,
    verifies: ['current'],
  });
  expect(factsOf(request).oddWire).toBe(true);
});

test('bytes that are not UTF-8 name nothing', () => {
  const request = replacing('X-Keyring-Nonce', ['X-Keyring-Nonce', `0123456789abcde\u00ff`]);
  expect(readingOf(request)).toMatchObject({ nonce: null, nonceBytes: 16, verifies: [] });
  expect(factsOf(request).oddWire).toBe(true);
});

test('a byte order mark is part of the value it stands before', () => {
  expect(readingOf(withHeader(good, 'client', ['\ufeffa'], 'marked')).client).toBe('\ufeffa');
});

test('a header sent twice is read as its first, its last, both joined, and as none at all', () => {
  const request = withHeader(good, 'nonce', [draft.nonce, 'another-nonce-16'], 'nonce twice');
  const { readings, oddWire } = factsOf(request);
  expect(oddWire).toBe(true);
  expect(readings.map(({ nonce, nonceBytes, verifies }) => ({ nonce, nonceBytes, verifies }))).toEqual([
    { nonce: '0123456789abcdef', nonceBytes: 16, verifies: ['next'] },
    { nonce: 'another-nonce-16', nonceBytes: 16, verifies: [] },
    { nonce: '0123456789abcdef, another-nonce-16', nonceBytes: 34, verifies: [] },
    { nonce: null, nonceBytes: 0, verifies: [] },
  ]);
  expect(new Set(readings.map(({ client }) => client))).toEqual(new Set(['treasury-bot']));
});

test('a header that is none of the four may be sent twice', () => {
  const twice = { ...good, headers: [...good.headers, ['content-type', 'text/plain'] as const] };
  expect(factsOf(twice)).toEqual(factsOf(good));
});

test('raw bytes and control characters are odd on the wire', () => {
  expect(factsOf({ ...good, raw: new Uint8Array([1]) }).oddWire).toBe(true);
  expect(factsOf({ ...good, headers: [...good.headers, ['x-note', 'a\u0001b']] }).oddWire).toBe(true);
});
