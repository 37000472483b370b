import { createHash, createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { bodyDigest, canonicalString, replayKey, signatureOf, type SignedParts } from './canonical.ts';

const parts: SignedParts = {
  timestamp: '1700000000000',
  nonce: '0123456789abcdef',
  method: 'POST',
  target: '/v1/sign?a=1&b=2',
  body: Buffer.from('{"n":1}'),
};

const byNode = (key: string | Buffer, message: string): string =>
  createHmac('sha256', key).update(message, 'utf8').digest('hex');

test('the signed string joins its five fields with full stops', () => {
  const digest = createHash('sha256').update('{"n":1}').digest('hex');
  expect(canonicalString(parts)).toBe(`1700000000000.0123456789abcdef.POST./v1/sign?a=1&b=2.${digest}`);
});

test('the method is signed in upper case', () => {
  expect(canonicalString({ ...parts, method: 'post' })).toBe(canonicalString(parts));
});

test('the digest of an empty body is the well-known one', () => {
  expect(bodyDigest(new Uint8Array())).toBe(
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  );
});

test('bodies that differ only in bytes that are no text have different digests', () => {
  expect(bodyDigest(Uint8Array.of(0x78, 0xff))).not.toBe(bodyDigest(Uint8Array.of(0x78, 0xfe)));
});

test.each([
  ['shorter than a block', 'public-test-secret'],
  ['as long as a block', 'k'.repeat(64)],
  ['longer than a block, which is hashed first', 'k'.repeat(131)],
  ['empty', ''],
  ['outside ASCII', 'öffentlich-ключ-🔑'],
  ['spelt like hex', '0b'.repeat(20)],
])('the signature is what node:crypto makes of a key that is %s', (_kind, secret) => {
  expect(signatureOf(secret, parts)).toBe(byNode(Buffer.from(secret, 'utf8'), canonicalString(parts)));
});

test('the signature of a fixed request never changes', () => {
  expect(signatureOf('public-test-secret', parts)).toBe(KNOWN);
});

const KNOWN = 'e67dedfb2e6e87549457510b16477ba9fdfcb934d5a4e73016cfaf59e2573f75';

test.each<[string, Partial<SignedParts>]>([
  ['timestamp', { timestamp: '1700000000001' }],
  ['nonce', { nonce: '0123456789abcdeF' }],
  ['method', { method: 'PUT' }],
  ['target', { target: '/v1/sign?b=2&a=1' }],
  ['body', { body: Buffer.from('{"n": 1}') }],
])('another %s gives another signature', (_field, change) => {
  expect(signatureOf('s', { ...parts, ...change })).not.toBe(signatureOf('s', parts));
});

test('the replay key is a JSON array of client and nonce', () => {
  expect(replayKey('a', 'b:c')).toBe('["a","b:c"]');
  expect(replayKey('a":"b', '\\')).toBe(String.raw`["a\":\"b","\\"]`);
  expect(replayKey('a:b', 'c')).not.toBe(replayKey('a', 'b:c'));
});
