import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** The parts that a signature covers. */
export interface SignedParts {
  readonly timestamp: string;
  readonly nonce: string;
  readonly method: string;
  readonly target: string;
  readonly body: Uint8Array;
}

/** The text that is signed: five fields joined by full stops, the body as the hex of its digest. */
export function canonicalString(
  { timestamp, nonce, method, target, body }: SignedParts,
  digest = bodyDigest(body),
): string {
  return `${timestamp}.${nonce}.${method.toUpperCase()}.${target}.${digest}`;
}

export const bodyDigest = (body: Uint8Array): string => bytesToHex(sha256(body));

/** The signature a client sends. Not from node:crypto, so that harness and signers are two implementations that must agree. */
export const signatureOf = (secret: string, parts: SignedParts): string =>
  signingWith(secret)(canonicalString(parts));

/** The same for many canonical strings under one secret, which is worked in once. */
export function signingWith(secret: string): (canonical: string) => string {
  const keyed = hmac.create(sha256, utf8ToBytes(secret));
  return (canonical) => bytesToHex(keyed.clone().update(utf8ToBytes(canonical)).digest());
}

/** The key under which a spent nonce lies in the replay store, after the configured prefix. */
export const replayKey = (client: string, nonce: string): string => JSON.stringify([client, nonce]);
