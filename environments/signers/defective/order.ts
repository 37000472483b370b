import type { Defect } from './defect.ts';

const stale =
  "  if (!isFresh(timestamp, config.timestampMaxAgeMs)) throw new Refusal('AUTH_TIMESTAMP_SKEW');\n";
const formless = "  if (!isNonce(nonce)) throw new Refusal('AUTH_INVALID_NONCE');\n";
const notHex =
  "  if (!/^[0-9a-fA-F]+$/.test(signature)) throw new Refusal('AUTH_INVALID_SIGNATURE_FORMAT');\n";
const stranger = "  if (client === undefined) throw new Refusal('AUTH_INVALID_CLIENT');\n";
const nameless = "  if (clientId === undefined) throw new Refusal('AUTH_INVALID_CLIENT');\n";
const certificate =
  "  if (config.requireMtls && !grounds.peerIsAuthenticated()) throw new Refusal('AUTH_MTLS_REQUIRED');\n";

/** The second check is made before the first. */
const swapped = (first: string, second: string) => [
  { file: 'authenticate.ts', correct: first, wrong: '' },
  { file: 'authenticate.ts', correct: second, wrong: `${second}${first}` },
];

/** Right checks in the wrong order: the answer tells a stranger more than he should know. */
export const order: readonly Defect[] = [
  {
    id: 'certificate-is-asked-for-before-the-client-id',
    clause: 'verdict/order',
    case: 'order_client_missing_before_mtls',
    summary: 'A request that names nobody is told about certificates.',
    edits: swapped(nameless, certificate),
  },
  {
    id: 'client-is-looked-up-before-its-certificate',
    clause: 'verdict/order',
    case: 'order_mtls_before_client_known',
    summary: 'Without a certificate one can find out who is registered.',
    edits: swapped(certificate, stranger),
  },
  {
    id: 'nonce-is-checked-before-the-timestamp',
    clause: 'verdict/order',
    case: 'order_timestamp_before_nonce',
    summary: 'A stale request hears of its nonce.',
    edits: swapped(stale, formless),
  },
  {
    id: 'signature-form-is-checked-before-the-nonce',
    clause: 'verdict/order',
    case: 'order_nonce_before_signature_format',
    summary: 'A request with two faults hears of the second.',
    edits: swapped(formless, notHex),
  },
];
