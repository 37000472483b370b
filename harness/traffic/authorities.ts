import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { randomBytes, webcrypto } from 'node:crypto';
import { wallClockMs } from '../clock.ts';
import type { TrustAnchor } from '../signer/desired-state.ts';

/** A certificate authority of one run. Its key lives in memory only and signs nothing but leaves. */
export interface Authority {
  readonly id: string;
  readonly anchor: TrustAnchor;
  issue(leaf: Leaf): Promise<x509.X509Certificate>;
}

/** What a certificate is to say. Times are milliseconds since 1970; certificates keep whole seconds. */
export interface Leaf {
  readonly commonName: string;
  readonly publicKey: webcrypto.CryptoKey;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly extensions: readonly x509.Extension[];
}

export interface AuthorityOptions {
  /** The common name. Two authorities may share one: a new key under the old name. */
  readonly subject?: string;
  readonly notBefore?: number;
  readonly notAfter?: number;
}

/** Makes a root certificate authority with a fresh key. */
export async function makeAuthority(id: string, options: AuthorityOptions = {}): Promise<Authority> {
  const keys = await newKeys();
  const subject = distinguishedName(options.subject ?? `keydrill ${id}`);
  const root = await x509.X509CertificateGenerator.create({
    subject,
    issuer: subject,
    serialNumber: newSerial(),
    notBefore: new Date(options.notBefore ?? wallClockMs() - HOUR),
    notAfter: new Date(options.notAfter ?? wallClockMs() + 7 * DAY),
    publicKey: keys.publicKey,
    signingKey: keys.privateKey,
    signingAlgorithm: SIGNING,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    id,
    anchor: { id, certificate: root.toString('pem') },
    issue: (leaf) => certify(leaf, { subject, keys }),
  };
}

/** Signs a leaf with its issuer's key; a leaf signed with its own key is its own issuer. */
export async function certify(
  leaf: Leaf,
  issuer: { subject: x509.JsonName; keys: webcrypto.CryptoKeyPair },
): Promise<x509.X509Certificate> {
  return x509.X509CertificateGenerator.create({
    subject: distinguishedName(leaf.commonName),
    issuer: issuer.subject,
    serialNumber: newSerial(),
    notBefore: new Date(leaf.notBefore),
    notAfter: new Date(leaf.notAfter),
    publicKey: leaf.publicKey,
    signingKey: issuer.keys.privateKey,
    signingAlgorithm: SIGNING,
    extensions: [
      ...leaf.extensions,
      await x509.SubjectKeyIdentifierExtension.create(leaf.publicKey),
      // The identifier is what tells two issuers of one name apart.
      await x509.AuthorityKeyIdentifierExtension.create(issuer.keys.publicKey),
    ],
  });
}

/** A fresh key pair on the curve that every TLS stack knows. */
export function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(CURVE, true, ['sign', 'verify']);
}

/** A name of one part. Given as data, so that no character of it needs escaping. */
export const distinguishedName = (commonName: string): x509.JsonName => [{ CN: [commonName] }];

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

const CURVE = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' } as const;

// A first byte from 0x40 to 0x7f keeps the number positive and of full length in DER.
function newSerial(): string {
  const serial = randomBytes(16);
  serial[0] = (serial[0]! & 0x3f) | 0x40;
  return serial.toString('hex');
}
