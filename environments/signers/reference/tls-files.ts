import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';

import { ClientTrust } from './client-trust.ts';
import { ConfigError, filledText, objectWith } from './fields.ts';

/** The signer's own certificate chain and key, and whose client certificates it trusts. */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
  readonly clientCa: string;
  /** What the certificates in `clientCa` say of a peer. */
  readonly clientTrust: ClientTrust;
  /** The files that all this came from. */
  readonly files: readonly string[];
}

/** Reads the three files and proves that a TLS context can be made of them, before anything is changed. */
export function readTlsFiles(value: unknown, resolvePath: (path: string) => string): TlsFiles {
  const tls = objectWith(value, 'tls', ['certificateFile', 'keyFile', 'clientCaFile']);
  const files: string[] = [];
  const read = (name: keyof typeof tls): string => {
    const path = resolvePath(filledText(tls[name], `tls.${name}`));
    files.push(path);
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      throw new ConfigError(`Cannot read the tls.${name}: ${(error as NodeJS.ErrnoException).code}`);
    }
  };
  const [certificate, key, clientCa] = [read('certificateFile'), read('keyFile'), read('clientCaFile')];

  certificatesIn(certificate, 'tls.certificateFile');
  const clientTrust = new ClientTrust(certificatesIn(clientCa, 'tls.clientCaFile'));
  try {
    createSecureContext({ cert: certificate, key, ca: clientCa });
  } catch {
    throw new ConfigError('Config is not usable: tls.certificateFile and tls.keyFile do not make a pair');
  }
  return { certificate, key, clientCa, clientTrust, files };
}

/**
 * All certificates of a PEM file. OpenSSL stops in silence at the first block it cannot read and Node takes an empty
 * bundle for "the usual public authorities", so the file is refused unless every block in it is whole.
 */
function certificatesIn(pem: string, place: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0 || blocks.length !== pem.split('-----BEGIN').length - 1) {
    throw new ConfigError(`Config is not usable: ${place} must hold whole PEM certificates and nothing else`);
  }
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    throw new ConfigError(`Config is not usable: ${place} holds a certificate that cannot be read`);
  }
}
