import { expect, test } from 'vitest';
import { signatureOf } from './canonical.ts';
import { carrying, headerOf, signedRequest, tampered, withHeader, type Draft } from './request.ts';

const draft: Draft = {
  client: 'treasury-bot',
  timestamp: '1700000000000',
  nonce: '0123456789abcdef',
  method: 'POST',
  target: '/sign',
  body: Buffer.from('{}'),
};

test('a signed request carries the four headers and the signature over them', () => {
  const request = signedRequest(draft, 'public-test-secret');
  expect(request).toMatchObject({ method: 'POST', target: '/sign', label: 'as signed' });
  expect(Object.fromEntries(request.headers)).toEqual({
    'content-type': 'application/json',
    'X-Keyring-Client-Id': 'treasury-bot',
    'X-Keyring-Timestamp': '1700000000000',
    'X-Keyring-Nonce': '0123456789abcdef',
    'X-Keyring-Signature': signatureOf('public-test-secret', draft),
  });
});

test('header values travel as their UTF-8 bytes, one character each, and are read back as text', () => {
  const request = carrying({ ...draft, nonce: 'é🔑' }, 'x');
  expect(Object.fromEntries(request.headers)['X-Keyring-Nonce']).toBe('\u00c3\u00a9\u00f0\u009f\u0094\u0091');
  expect(headerOf(request, 'nonce')).toBe('é🔑');
});

test('tampering changes what it names and keeps the signature', () => {
  const request = signedRequest(draft, 's');
  const changed = tampered(request, 'target changed after signing', { target: '/other' });
  expect(changed).toEqual({ ...request, target: '/other', label: 'target changed after signing' });
});

test('a header can be left out, replaced and sent twice, in its own place', () => {
  const request = carrying(draft, 'ab');
  const names = (values: string[]) =>
    withHeader(request, 'timestamp', values, 'changed').headers.map(([name, value]) => `${name}: ${value}`);
  const around = {
    before: ['content-type: application/json', 'X-Keyring-Client-Id: treasury-bot'],
    after: ['X-Keyring-Nonce: 0123456789abcdef', 'X-Keyring-Signature: ab'],
  };
  expect(names([])).toEqual([...around.before, ...around.after]);
  expect(names(['1'])).toEqual([...around.before, 'X-Keyring-Timestamp: 1', ...around.after]);
  expect(names(['1', '2'])).toEqual([
    ...around.before,
    'X-Keyring-Timestamp: 1',
    'X-Keyring-Timestamp: 2',
    ...around.after,
  ]);
});

test('a header that is not there reads as empty', () => {
  expect(headerOf(withHeader(carrying(draft, 'ab'), 'client', [], 'no client'), 'client')).toBe('');
});
