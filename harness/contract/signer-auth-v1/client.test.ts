import { expect, test } from 'vitest';
import { signatureOf } from './canonical.ts';
import { signingClient } from './client.ts';
import { observe } from './facts.ts';
import { headerOf } from './request.ts';

const offer = { method: 'POST', target: '/sign', body: '{"n":1}' };
const current = { id: 'a/current', value: 'public-test-secret-1' };
const next = { id: 'a/next', value: 'public-test-secret-2' };

function client() {
  let nonces = 0;
  return signingClient({
    id: 'a',
    secrets: { current, next },
    offer,
    now: () => 1_700_000_000_000.4,
    nonce: () => `nonce-000000000${++nonces}`,
  });
}

const verifies = (request: ReturnType<ReturnType<typeof client>['signs']>) =>
  observe(request, [current, next], offer).readings[0]?.verifies;

test('a request is right in everything unless told otherwise', () => {
  const request = client().signs();
  expect(request).toMatchObject({ method: 'POST', target: '/sign', label: 'as signed' });
  expect(observe(request, [current, next], offer)).toMatchObject({
    readings: [
      { client: 'a', timestamp: '1700000000000', nonce: 'nonce-0000000001', verifies: ['a/current'] },
    ],
    oddWire: false,
    endpointOffered: true,
    bodyOffered: true,
  });
});

test('every request has a nonce of its own', () => {
  const one = client();
  expect(headerOf(one.signs(), 'nonce')).not.toBe(headerOf(one.signs(), 'nonce'));
});

test('every choice is signed, and named in the label', () => {
  const request = client().signs({
    with: 'next',
    dated: -5000,
    nonce: 'my-own-nonce-016',
    method: 'PUT',
    target: '/other',
    body: Uint8Array.of(0xff),
  });
  expect(verifies(request)).toEqual(['a/next']);
  expect(request).toMatchObject({ method: 'PUT', target: '/other', body: Uint8Array.of(0xff) });
  expect(headerOf(request, 'timestamp')).toBe('1699999995000');
  expect(headerOf(request, 'nonce')).toBe('my-own-nonce-016');
  expect(request.label).toBe(
    'signed with next, dated -5000 ms, chosen nonce, method PUT, target /other, other body',
  );
});

test('a timestamp given as text is sent as it stands', () => {
  const request = client().signs({ timestamp: '1.7e12', dated: 5 });
  expect(headerOf(request, 'timestamp')).toBe('1.7e12');
  expect(verifies(request)).toEqual(['a/current']);
});

test('a signature of its own making is given the fields and the secret', () => {
  const request = client().signs({ signature: ({ nonce }, secret) => `${nonce}/${secret}` });
  expect(headerOf(request, 'signature')).toBe('nonce-0000000001/public-test-secret-1');
  expect(client().signs({ signature: () => '', label: 'without' }).label).toBe('without');
});

test('a secret nobody has is named, without any value', () => {
  expect(() => client().signs({ with: 'third' })).toThrow(
    /^Client a has no secret called "third"; it has current, next$/,
  );
});

test('a client tells the signature of any draft, by the secret that is named or the usual one', () => {
  const one = client();
  const draft = {
    client: 'a',
    timestamp: '1',
    nonce: 'n',
    method: 'POST',
    target: '/sign',
    body: Buffer.from(''),
  };
  expect(one.offer).toBe(offer);
  expect(one.signatureOf(draft)).toBe(signatureOf(current.value, draft));
  expect(one.signatureOf(draft, 'next')).toBe(signatureOf(next.value, draft));
});
