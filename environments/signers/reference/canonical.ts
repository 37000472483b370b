import { createHash } from 'node:crypto';

/** What a signature covers. */
interface SignedParts {
  readonly timestamp: string;
  readonly nonce: string;
  readonly method: string;
  /** The request target as it stood in the request line, with its query. */
  readonly target: string;
  readonly body: Buffer;
}

/** The one text that client and signer compute alike. */
export function canonicalRequest(parts: SignedParts): string {
  const method = parts.method.toUpperCase();
  const path = parts.target;
  const digest = createHash('sha256').update(parts.body).digest('hex');
  return `${parts.timestamp}.${parts.nonce}.${method}.${path}.${digest}`;
}
