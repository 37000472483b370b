import type { X509Certificate } from 'node:crypto';

/** SHA-256 of a certificate in DER, as lower-case hex without colons: how a history names a certificate. */
export const fingerprint256 = (certificate: X509Certificate): string =>
  certificate.fingerprint256.replaceAll(':', '').toLowerCase();
