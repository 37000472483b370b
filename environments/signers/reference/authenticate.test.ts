import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { authenticate, type Grounds } from './authenticate.ts';
import type { Config } from './config.ts';
import type { ReplayStore } from './replay-store.ts';
import { GOOD_BODY, SIGN_PATH, signedHeaders } from './trial.ts';

const NOW = 1_800_000_000_000;
const MAX_AGE = 60_000;

beforeEach(() => vi.useFakeTimers({ toFake: ['Date'], now: NOW }));
afterEach(() => vi.useRealTimers());

test.each([
  [-MAX_AGE, 'accepted'],
  [-MAX_AGE - 1, 'AUTH_TIMESTAMP_SKEW'],
  [MAX_AGE, 'accepted'],
  [MAX_AGE + 1, 'AUTH_TIMESTAMP_SKEW'],
])('a request dated %i ms from now is %s', async (skewMs, verdict) => {
  expect(await verdictOn(signedHeaders({ skewMs }))).toBe(verdict);
});

test('each failing check is reported before those that follow it', async () => {
  const headers: Record<string, string> = {};
  const met = (name: string, value: string): void => {
    headers[`X-Keyring-${name}`] = value;
  };
  const good = signedHeaders({});

  const stranger = { peerIsAuthenticated: () => false };
  expect(await verdictOn(headers, stranger)).toBe('AUTH_INVALID_CLIENT');
  met('Client-Id', 'nobody');
  expect(await verdictOn(headers, stranger)).toBe('AUTH_MTLS_REQUIRED');
  expect(await verdictOn(headers)).toBe('AUTH_INVALID_CLIENT');
  met('Client-Id', 'alice');
  expect(await verdictOn(headers)).toBe('AUTH_TIMESTAMP_SKEW');
  met('Timestamp', String(NOW));
  expect(await verdictOn(headers)).toBe('AUTH_INVALID_NONCE');
  met('Nonce', good['X-Keyring-Nonce'] ?? '');
  expect(await verdictOn(headers, { store: spent() })).toBe('AUTH_INVALID_SIGNATURE_FORMAT');
  met('Signature', 'deadbeef');
  expect(await verdictOn(headers, { store: spent() })).toBe('AUTH_INVALID_HMAC');
  expect(await verdictOn(good, { store: spent() })).toBe('REPLAY_NONCE_USED');
  expect(await verdictOn(good)).toBe('accepted');
});

test('a request whose headers fail has no body read', async () => {
  const request = requestWith({});
  await expect(authenticate(request, groundsOf({}))).rejects.toThrow('Client is missing');
  expect(request.readableEnded).toBe(false);
});

test('a request that goes stale while its body arrives is refused and spends no nonce', async () => {
  const consume = vi.fn(() => Promise.resolve(true));
  const request = requestWith(signedHeaders({ skewMs: -MAX_AGE }), function* () {
    vi.setSystemTime(NOW + 1);
    yield Buffer.from(GOOD_BODY);
  });

  const store = { consume } as unknown as ReplayStore;
  await expect(authenticate(request, groundsOf({ store }))).rejects.toThrow('Timestamp');
  expect(consume).not.toHaveBeenCalled();
});

test('a request that goes stale while its nonce is consumed is refused', async () => {
  const consume = vi.fn(() => {
    vi.setSystemTime(NOW + 1);
    return Promise.resolve(true);
  });

  const store = { consume } as unknown as ReplayStore;
  expect(await verdictOn(signedHeaders({ skewMs: -MAX_AGE }), { store })).toBe('AUTH_TIMESTAMP_SKEW');
});

test('a secret that is removed while the body arrives is not accepted any more', async () => {
  let config = configWith(['current', 'next']);
  const request = requestWith(signedHeaders({ secret: 'current' }), function* () {
    config = configWith(['next']);
    yield Buffer.from(GOOD_BODY);
  });

  await expect(authenticate(request, groundsOf({ config: () => config }))).rejects.toThrow('Signature');
});

async function verdictOn(headers: Record<string, string>, changed: Partial<Grounds> = {}): Promise<string> {
  try {
    await authenticate(requestWith(headers), groundsOf(changed));
    return 'accepted';
  } catch (error) {
    return (error as { errorCode: string }).errorCode;
  }
}

function requestWith(
  headers: Record<string, string>,
  body: () => Iterable<Buffer> = () => [Buffer.from(GOOD_BODY)],
) {
  const distinct = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value]]);
  const head = { method: 'POST', url: SIGN_PATH, headers: {}, headersDistinct: Object.fromEntries(distinct) };
  return Object.assign(Readable.from(body()), head) as unknown as IncomingMessage;
}

function groundsOf(changed: Partial<Grounds>): Grounds {
  const store = { consume: () => Promise.resolve(true) } as unknown as ReplayStore;
  return { config: () => configWith(['current']), peerIsAuthenticated: () => true, store, ...changed };
}

function spent(): ReplayStore {
  return { consume: () => Promise.resolve(false) } as unknown as ReplayStore;
}

function configWith(hmacSecrets: readonly string[]): Config {
  const clients = new Map([['alice', { id: 'alice', hmacSecrets }]]);
  const limits = { requireMtls: true, timestampMaxAgeMs: MAX_AGE, nonceTtlSeconds: 120 };
  return { ...limits, clients } as unknown as Config;
}
