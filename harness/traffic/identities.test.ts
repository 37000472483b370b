import { execFile } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { wallClockMs } from '../clock.ts';
import { DAY, makeAuthority } from './authorities.ts';
import { issue, type IssuedIdentity, makeCaSets, selfSigned } from './identities.ts';

const sets = await makeCaSets();
const HALF_AN_HOUR_AGO = wallClockMs() - 30 * 60_000;
const IN_TWO_DAYS = wallClockMs() + 2 * DAY;

test('openssl accepts a valid client leaf of its own authority, as a client only', async () => {
  const leaf = await issue(sets.old, { id: 'client', purpose: 'client', validity: 'valid' });

  expect(await opensslSays(leaf, [sets.old.anchor.certificate], 'sslclient')).toBe('OK');
  expect(await opensslSays(leaf, [sets.old.anchor.certificate], 'sslserver')).toMatch(
    /unsuitable certificate purpose/i,
  );
});

test('openssl accepts a valid server leaf of its own authority, as a server only', async () => {
  const leaf = await issue(sets.old, { id: 'replica', purpose: 'server', validity: 'valid' });

  expect(await opensslSays(leaf, [sets.old.anchor.certificate], 'sslserver')).toBe('OK');
  expect(await opensslSays(leaf, [sets.old.anchor.certificate], 'sslclient')).toMatch(
    /unsuitable certificate purpose/i,
  );
});

test('openssl refuses a leaf of another authority, and accepts both while both are trusted', async () => {
  const both = [sets.old.anchor.certificate, sets.next.anchor.certificate];
  const [old, next, rogue] = await Promise.all(
    [sets.old, sets.next, sets.rogue].map((set) =>
      issue(set, { id: `client-of-${set.id}`, purpose: 'client', validity: 'valid' }),
    ),
  );

  expect(await opensslSays(old!, both, 'sslclient')).toBe('OK');
  expect(await opensslSays(next!, both, 'sslclient')).toBe('OK');
  expect(await opensslSays(next!, [sets.old.anchor.certificate], 'sslclient')).toMatch(
    /unable to get local issuer/,
  );
  expect(await opensslSays(rogue!, both, 'sslclient')).toMatch(/unable to get local issuer/);
});

test('time is the only thing wrong with an expired leaf', async () => {
  const leaf = await issue(sets.old, { id: 'late', purpose: 'client', validity: 'expired' });

  expect(await opensslSays(leaf, [sets.old.anchor.certificate], 'sslclient')).toMatch(
    /certificate has expired/,
  );
  expect(await opensslSays(leaf, [sets.old.anchor.certificate], 'sslclient', HALF_AN_HOUR_AGO)).toBe('OK');
});

test('time is the only thing wrong with a leaf that is not yet valid', async () => {
  const leaf = await issue(sets.old, { id: 'early', purpose: 'client', validity: 'not-yet-valid' });

  expect(await opensslSays(leaf, [sets.old.anchor.certificate], 'sslclient')).toMatch(
    /certificate is not yet valid/,
  );
  expect(await opensslSays(leaf, [sets.old.anchor.certificate], 'sslclient', IN_TWO_DAYS)).toBe('OK');
});

test('openssl refuses a self-signed leaf', async () => {
  const leaf = await selfSigned('nobody');

  expect(await opensslSays(leaf, [sets.old.anchor.certificate], 'sslclient')).toMatch(
    /self-signed certificate/,
  );
  expect(leaf.facts.issuer).toBe('self');
});

test('openssl tells two authorities of one name apart, in either order', async () => {
  const [before, after] = await Promise.all(
    ['before', 'after'].map((id) => makeAuthority(id, { subject: 'Signer CA' })),
  );
  const leaf = await issue(after!, { id: 'client', purpose: 'client', validity: 'valid' });
  const [old, next] = [before!.anchor.certificate, after!.anchor.certificate];

  expect(await opensslSays(leaf, [old, next], 'sslclient')).toBe('OK');
  expect(await opensslSays(leaf, [next, old], 'sslclient')).toBe('OK');
  expect(await opensslSays(leaf, [old], 'sslclient')).not.toBe('OK');
});

test('a leaf names its hosts and its purpose', async () => {
  const usual = await issue(sets.old, { id: 'replica', purpose: 'server', validity: 'valid' });
  const named = await issue(sets.old, {
    id: 'c',
    purpose: 'client',
    validity: 'valid',
    hosts: ['signer.test', '::1'],
  });
  const [server, client] = [new X509Certificate(usual.chain), new X509Certificate(named.chain)];

  expect(server.subjectAltName).toBe('IP Address:127.0.0.1, DNS:localhost');
  expect(server.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  expect(client.subjectAltName).toBe('DNS:signer.test, IP Address:0:0:0:0:0:0:0:1');
  expect(client.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
  expect(server.ca).toBe(false);
});

test('the facts are what the certificate says', async () => {
  const leaves = await Promise.all(
    (['valid', 'expired', 'not-yet-valid'] as const).map((validity) =>
      issue(sets.next, { id: validity, purpose: 'client', validity }),
    ),
  );

  for (const { chain, facts, fingerprint256 } of leaves) {
    const leaf = new X509Certificate(chain);
    expect(facts).toEqual({
      id: leaf.subject.replace('CN=', ''),
      issuer: 'next',
      notBefore: leaf.validFromDate.getTime(),
      notAfter: leaf.validToDate.getTime(),
      purposes: ['client'],
    });
    expect(fingerprint256).toMatch(/^[0-9a-f]{64}$/);
    expect(fingerprint256.toUpperCase()).toBe(leaf.fingerprint256.replaceAll(':', ''));
  }
});

test('the key belongs to the leaf and shows only when it is revealed', async () => {
  const leaf = await issue(sets.old, { id: 'client', purpose: 'client', validity: 'valid' });

  expect(new X509Certificate(leaf.chain).checkPrivateKey(createPrivateKey(leaf.key.reveal()))).toBe(true);
  expect(leaf.key.reveal()).toMatch(/^-----BEGIN PRIVATE KEY-----/);
  expect(`${inspect(leaf)} ${JSON.stringify(leaf)}`).not.toContain('PRIVATE KEY');
});

async function opensslSays(
  leaf: IssuedIdentity,
  anchors: readonly string[],
  purpose: 'sslclient' | 'sslserver',
  at?: number,
): Promise<string> {
  await using directory = await mkdtempDisposable(join(tmpdir(), 'keydrill-test-'));
  const [trusted, file] = [join(directory.path, 'trusted.pem'), join(directory.path, 'leaf.pem')];
  await writeFile(trusted, anchors.join('\n'));
  await writeFile(file, leaf.chain);
  const time = at === undefined ? [] : ['-attime', String(Math.floor(at / 1000))];
  return await new Promise((resolve) => {
    execFile(
      'openssl',
      ['verify', '-x509_strict', '-no-CApath', '-CAfile', trusted, '-purpose', purpose, ...time, file],
      (error, _stdout, stderr) => resolve(error ? stderr : 'OK'),
    );
  });
}
