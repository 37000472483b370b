import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import { Refusal } from './answers.ts';
import { readBody } from './body.ts';
import { canonicalRequest } from './canonical.ts';
import type { Client, Config } from './config.ts';
import { headerText } from './header-text.ts';
import type { ReplayStore } from './replay-store.ts';

/** What a decision rests on. */
export interface Grounds {
  /** The configuration in force, which may change while a request is served. */
  readonly config: () => Config;
  /** Whether the client certificate is trusted now, which may change as well. */
  readonly peerIsAuthenticated: () => boolean;
  readonly store: ReplayStore;
}

interface Claim {
  readonly client: Client;
  readonly timestamp: string;
  readonly nonce: string;
  readonly signature: string;
}

const NONCE_MIN_BYTES = 16;
const NONCE_MAX_BYTES = 256;

/** The body of a request that may be served, or the refusal of the first check that fails. */
export async function authenticate(request: IncomingMessage, grounds: Grounds): Promise<Buffer> {
  // Whoever fails here has no body read. It is asked again afterwards, because a body may take seconds to arrive and
  // meanwhile the clock and the configuration move on.
  checkHeaders(request, grounds);
  const body = await readBody(request);
  if (body === undefined) throw new Refusal('PAYLOAD_TOO_LARGE');
  const { client, timestamp, nonce, signature } = checkHeaders(request, grounds);

  const { method = '', url: target = '' } = request;
  const canonical = canonicalRequest({ timestamp, nonce, method, target, body });
  if (!isSignedWithAny(client.hmacSecrets, canonical, signature)) throw new Refusal('AUTH_INVALID_HMAC');

  const { nonceTtlSeconds, timestampMaxAgeMs } = grounds.config();
  const isFirstUse = await grounds.store.consume(client.id, nonce, nonceTtlSeconds);
  if (!isFirstUse) throw new Refusal('REPLAY_NONCE_USED');

  // Consuming takes time too: a request that went stale in it may be one whose first use the store has just forgotten.
  if (!isFresh(timestamp, timestampMaxAgeMs)) throw new Refusal('AUTH_TIMESTAMP_SKEW');

  return body;
}

/** The client that a request names, where it is a registered one. */
export function registeredClient(request: IncomingMessage, config: Config): Client | undefined {
  const id = headerText(request, 'x-keyring-client-id');
  return id === undefined ? undefined : config.clients.get(id);
}

function checkHeaders(request: IncomingMessage, grounds: Grounds): Claim {
  const config = grounds.config();

  const clientId = headerText(request, 'x-keyring-client-id');
  if (clientId === undefined) throw new Refusal('AUTH_INVALID_CLIENT');

  if (config.requireMtls && !grounds.peerIsAuthenticated()) throw new Refusal('AUTH_MTLS_REQUIRED');

  const client = config.clients.get(clientId);
  if (client === undefined) throw new Refusal('AUTH_INVALID_CLIENT');

  const timestamp = headerText(request, 'x-keyring-timestamp');
  if (timestamp === undefined) throw new Refusal('AUTH_TIMESTAMP_SKEW');
  if (!isFresh(timestamp, config.timestampMaxAgeMs)) throw new Refusal('AUTH_TIMESTAMP_SKEW');

  const nonce = headerText(request, 'x-keyring-nonce');
  if (nonce === undefined) throw new Refusal('AUTH_INVALID_NONCE');
  if (!isNonce(nonce)) throw new Refusal('AUTH_INVALID_NONCE');

  const signature = headerText(request, 'x-keyring-signature');
  if (signature === undefined) throw new Refusal('AUTH_INVALID_SIGNATURE_FORMAT');
  if (!/^[0-9a-fA-F]+$/.test(signature)) throw new Refusal('AUTH_INVALID_SIGNATURE_FORMAT');

  return { client, timestamp, nonce, signature };
}

function isFresh(timestamp: string, maxAgeMs: number): boolean {
  if (!/^[0-9]+$/.test(timestamp)) return false;
  const instant = Number(timestamp);
  if (!Number.isSafeInteger(instant)) return false;
  return Math.abs(Date.now() - instant) <= maxAgeMs;
}

function isNonce(nonce: string): boolean {
  const bytes = Buffer.byteLength(nonce, 'utf8');
  if (bytes < NONCE_MIN_BYTES) return false;
  if (bytes > NONCE_MAX_BYTES) return false;
  return !nonce.includes('.');
}

/** Tries every secret, so that the time taken does not say which of them matched. */
function isSignedWithAny(secrets: readonly string[], canonical: string, signature: string): boolean {
  // Compared as text: decoding hex would drop an odd digit at the end and let a longer signature pass.
  const given = Buffer.from(signature.toLowerCase());
  let matches = false;
  for (const secret of secrets) {
    const expected = Buffer.from(createHmac('sha256', secret).update(canonical).digest('hex'));
    if (given.length === expected.length && timingSafeEqual(given, expected)) matches = true;
  }
  return matches;
}
