import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { KeyObject, type webcrypto, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { wallClockMs } from '../clock.ts';
import type { Identity } from '../signer/desired-state.ts';
import { Secret } from '../signer/secret.ts';
import { type Authority, certify, DAY, distinguishedName, makeAuthority, newKeys } from './authorities.ts';
import { fingerprint256 } from './fingerprint.ts';

export type Purpose = 'client' | 'server';
export type Validity = 'valid' | 'expired' | 'not-yet-valid';

/** What a judge must know of a certificate to say whether it should have been let in. Plain data. */
export interface IdentityFacts {
  readonly id: string;
  /** The id of the authority, or `self`. */
  readonly issuer: string;
  /** Milliseconds since 1970, as the certificate says. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly purposes: readonly Purpose[];
}

/** An identity that the harness made, with what is true of it. */
export interface IssuedIdentity extends Identity {
  readonly facts: IdentityFacts;
  /** SHA-256 of the leaf in DER, as lower-case hex without colons. */
  readonly fingerprint256: string;
}

export interface IdentityRequest {
  readonly id: string;
  readonly purpose: Purpose;
  readonly validity: Validity;
  /** Names and addresses that the certificate is good for. */
  readonly hosts?: readonly string[];
}

/** The authorities of a rotation: the one in use, the one to come, and one that nobody should trust. */
export interface CaSets {
  readonly old: Authority;
  readonly next: Authority;
  readonly rogue: Authority;
}

/** Makes the three authorities of a rotation. */
export async function makeCaSets(): Promise<CaSets> {
  const [old, next, rogue] = await Promise.all([
    makeAuthority('old'),
    makeAuthority('next'),
    // Under the name of the one in use: whoever goes by names lets it in.
    makeAuthority('rogue', { subject: 'keydrill old' }),
  ]);
  return { old, next, rogue };
}

/** Makes a key and has an authority certify it. For a wrong purpose, ask for the other one. */
export async function issue(authority: Authority, request: IdentityRequest): Promise<IssuedIdentity> {
  const keys = await newKeys();
  const period = periodOf(request.validity);
  const certificate = await authority.issue({
    commonName: request.id,
    publicKey: keys.publicKey,
    ...period,
    extensions: extensionsOf(request.purpose, request.hosts ?? LOOPBACK),
  });
  return identity(
    { id: request.id, issuer: authority.id, ...period, purposes: [request.purpose] },
    certificate,
    keys,
  );
}

/** Makes a client identity that nobody vouches for. */
export async function selfSigned(id: string): Promise<IssuedIdentity> {
  const keys = await newKeys();
  const period = periodOf('valid');
  const leaf = {
    commonName: id,
    publicKey: keys.publicKey,
    ...period,
    extensions: extensionsOf('client', LOOPBACK),
  };
  const certificate = await certify(leaf, { subject: distinguishedName(id), keys });
  return identity({ id, issuer: 'self', ...period, purposes: ['client'] }, certificate, keys);
}

/**
 * Every period lies within that of a fresh authority, so that time is the only thing wrong with an expired leaf,
 * and far enough from now that a clock skewed by minutes judges it as ours does.
 */
function periodOf(validity: Validity): { notBefore: number; notAfter: number } {
  const now = Math.floor(wallClockMs() / 1000) * 1000;
  const periods = {
    valid: { notBefore: now - 55 * MINUTE, notAfter: now + 3 * DAY },
    expired: { notBefore: now - 55 * MINUTE, notAfter: now - 15 * MINUTE },
    'not-yet-valid': { notBefore: now + DAY, notAfter: now + 3 * DAY },
  };
  return periods[validity];
}

function extensionsOf(purpose: Purpose, hosts: readonly string[]): x509.Extension[] {
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[`${purpose}Auth`]]),
    new x509.SubjectAlternativeNameExtension(
      hosts.map((host) => ({ type: isIP(host) === 0 ? 'dns' : 'ip', value: host })),
    ),
  ];
}

function identity(
  facts: IdentityFacts,
  certificate: x509.X509Certificate,
  keys: webcrypto.CryptoKeyPair,
): IssuedIdentity {
  const chain = certificate.toString('pem');
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' });
  return {
    id: facts.id,
    chain,
    key: new Secret(`${facts.id}/key`, key.toString()),
    facts,
    fingerprint256: fingerprint256(new X509Certificate(chain)),
  };
}

const MINUTE = 60_000;
const LOOPBACK = ['127.0.0.1', 'localhost'];
