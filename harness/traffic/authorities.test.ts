import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { wallClockMs } from '../clock.ts';
import { HOUR, makeAuthority } from './authorities.ts';

test('an authority is a root that may sign certificates and nothing else', async () => {
  const { anchor } = await makeAuthority('old');
  const root = new X509Certificate(anchor.certificate);

  expect(root.ca).toBe(true);
  expect(root.verify(root.publicKey)).toBe(true);
  expect(root.checkIssued(root)).toBe(true);
  expect(root.subject).toBe('CN=keydrill old');
});

test('an authority is valid from an hour ago on, unless told otherwise', async () => {
  const now = wallClockMs();
  const usual = new X509Certificate((await makeAuthority('usual')).anchor.certificate);
  const past = new X509Certificate(
    (await makeAuthority('past', { notBefore: now - 3 * HOUR, notAfter: now - HOUR })).anchor.certificate,
  );

  expect(Math.abs(usual.validFromDate.getTime() - (now - HOUR))).toBeLessThan(5000);
  expect(usual.validToDate.getTime()).toBeGreaterThan(now + 24 * HOUR);
  expect(past.validToDate.getTime()).toBeLessThan(now);
});

test('two authorities may share a name and are still told apart by key and serial number', async () => {
  const [first, second] = await Promise.all([
    makeAuthority('first', { subject: 'Signer CA' }),
    makeAuthority('second', { subject: 'Signer CA' }),
  ]);
  const [one, other] = [
    new X509Certificate(first.anchor.certificate),
    new X509Certificate(second.anchor.certificate),
  ];

  expect(one.subject).toBe('CN=Signer CA');
  expect(other.subject).toBe('CN=Signer CA');
  expect(one.serialNumber).not.toBe(other.serialNumber);
  expect(one.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
  expect(one.verify(other.publicKey)).toBe(false);
});
