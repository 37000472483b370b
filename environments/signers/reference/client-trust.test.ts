import { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

import { afterAll, afterEach, expect, test, vi } from 'vitest';

import { ClientTrust } from './client-trust.ts';
import { type Identity, issue, scratch } from './trial.ts';

const directory = await scratch();
const issued = (name: string, ...how: [issuer?: Identity, options?: object]): Promise<Identity> =>
  issue(directory.path, name, ...how);

const [ca, nextCa, namesake] = await Promise.all([
  issued('ca'),
  issued('next-ca'),
  issued('namesake', undefined, { commonName: 'ca' }),
]);
const [client, nextClient, server] = await Promise.all([
  issued('client', ca, { purpose: 'clientAuth' }),
  issued('next-client', nextCa),
  issued('server', ca, { purpose: 'serverAuth' }),
]);

afterAll(() => directory[Symbol.asyncDispose]());
afterEach(() => vi.useRealTimers());

const DAY = 86_400_000;

test('a certificate is trusted by any authority in the bundle that signed it, whatever the order', () => {
  for (const bundle of [
    [ca, nextCa],
    [nextCa, ca],
  ]) {
    expect(trusted(client, bundle)).toBe(true);
    expect(trusted(nextClient, bundle)).toBe(true);
  }
  expect(trusted(nextClient, [ca])).toBe(false);
});

test('an authority of the same name with another key vouches for nobody', () => {
  expect(trusted(client, [namesake])).toBe(false);
  expect(trusted(client, [namesake, ca])).toBe(true);
});

test('a certificate for servers does not make a client', () => {
  expect(trusted(server, [ca])).toBe(false);
});

test('a certificate that is no authority’s vouches for nobody, itself included', () => {
  expect(trusted(client, [client])).toBe(false);
});

test.each([
  ['begins', -DAY],
  ['has ended', 3 * DAY],
])('a certificate is not trusted before it %s, on an open connection either', (_, offset) => {
  const peer = showing(client);
  const trust = trustIn([ca]);
  expect(trust.authenticates(peer)).toBe(true);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + offset });
  expect(trust.authenticates(peer)).toBe(false);
});

test('a peer that shows no certificate is nobody, resumed session or not', () => {
  const peer = { getPeerX509Certificate: () => undefined } as unknown as TLSSocket;
  expect(trustIn([ca]).authenticates(peer)).toBe(false);
});

const trusted = (identity: Identity, bundle: readonly Identity[]): boolean =>
  trustIn(bundle).authenticates(showing(identity));

const trustIn = (bundle: readonly Identity[]): ClientTrust =>
  new ClientTrust(bundle.map(({ cert }) => new X509Certificate(cert)));

const showing = (identity: Identity): TLSSocket =>
  ({ getPeerX509Certificate: () => new X509Certificate(identity.cert) }) as unknown as TLSSocket;
