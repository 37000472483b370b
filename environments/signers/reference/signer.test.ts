import { once } from 'node:events';
import { connect } from 'node:tls';

import { afterAll, beforeAll, expect, test } from 'vitest';

import {
  type Deviation,
  GOOD_BODY,
  type Identity,
  prepareTrial,
  type Send,
  SIGN_PATH,
  signedHeaders,
  type Started,
  type Trial,
  verdict,
} from './trial.ts';

let trial: Trial;
let signer: Started;
let send: Send;

beforeAll(async () => {
  trial = await prepareTrial();
  signer = await trial.start();
  send = signer.send;
});
afterAll(async () => {
  await signer[Symbol.asyncDispose]();
  await trial[Symbol.asyncDispose]();
});

test('a good request is answered with a session signature', async () => {
  const { status, body } = await send();

  expect(status).toBe(200);
  expect(Object.keys(body)).toEqual([
    'signature',
    'signatureMode',
    'signatureKind',
    'signerProvider',
    'sessionPublicKey',
    'domainHash',
    'messageHash',
    'requestId',
    'audit',
  ]);
  const signature = body.signature as string[];
  expect(signature).toHaveLength(4);
  for (const felt of signature) expect(felt).toMatch(/^0x[0-9a-f]{1,64}$/);
  expect(signature[0]).toBe(body.sessionPublicKey);
  expect(Number(signature[3])).toBe(1_900_000_000);
  expect(body.requestId).toBe('request-1');
  expect(body.audit).toMatchObject({ policyDecision: 'allow', keyId: 'key-1', traceId: 'trace-1' });
});

test('a refusal carries the four fields of the envelope and the same headers whatever its reason', async () => {
  const wrongSecret = await send({ secret: 'guess' });
  const stranger = await send({ clientId: 'nobody' });
  const stale = await send({ skewMs: -90_000 });

  for (const { headers, body } of [wrongSecret, stranger, stale]) {
    expect(Object.keys(body).sort()).toEqual(['error', 'errorCode', 'requestId', 'retryable']);
    expect(body.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(body.retryable).toBe(false);
    expect(Object.keys(headers)).toEqual(Object.keys(wrongSecret.headers));
    expect(headers['content-type']).toBe('application/json');
  }
});

test('a nonce is spent by its first use, for that client only', async () => {
  const nonce = 'n'.repeat(16);

  expect(verdict(await send({ nonce }))).toBe('200');
  expect(verdict(await send({ nonce }))).toBe('409 REPLAY_NONCE_USED');
  expect(verdict(await send({ nonce, clientId: 'bob' }))).toBe('200');
});

test('of many copies of one request sent at once exactly one is accepted', async () => {
  const headers = signedHeaders({});
  const replies = await Promise.all(Array.from({ length: 20 }, () => send({ headers })));

  expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(replies.filter(({ status }) => status === 409)).toHaveLength(19);
});

test('a request that was not authenticated spends no nonce', async () => {
  const nonce = 'not-yet-spent-nonce';

  expect(verdict(await send({ nonce, secret: 'guess' }))).toBe('401 AUTH_INVALID_HMAC');
  expect(verdict(await send({ nonce, skewMs: -90_000 }))).toBe('401 AUTH_TIMESTAMP_SKEW');
  expect(verdict(await send({ nonce }))).toBe('200');
});

const body = (change: object): Deviation => ({
  body: JSON.stringify({ ...JSON.parse(GOOD_BODY), ...change }),
});
const header = (name: string, value: string | readonly string[] | null): Deviation => ({
  headers: { [`X-Keyring-${name}`]: value },
});
const latin1 = (text: string): string => Buffer.from(text).toString('latin1');

const ACCEPTED: Record<string, Deviation> = {
  'a request signed with the second secret': { secret: 'next' },
  'an old request within the window': { skewMs: -58_000 },
  'a future request within the window': { skewMs: 58_000 },
  'a signature in upper case': { writeSignature: (hex) => hex.toUpperCase() },
  'a nonce of 16 bytes': { nonce: 'a23456789-123456' },
  'a nonce of 256 bytes': { nonce: 'x'.repeat(256) },
  'a nonce outside ASCII': { nonce: 'ключ-ключ-ключ' },
  'a body in chunks': { chunked: true },
  'a target with a query': { path: `${SIGN_PATH}?a=1&b=%2F` },
  'another path below the signing one': { path: '/v1/sign/other' },
  'the client named __proto__': { clientId: '__proto__', secret: 'proto' },
  'a body with the optional field': body({
    context: { ...JSON.parse(GOOD_BODY).context, sessionId: 'session-1' },
  }),
};

test.each(Object.entries(ACCEPTED))('%s is accepted', async (_, deviation) => {
  expect(verdict(await send(deviation))).toBe('200');
});

const REFUSED: Record<string, [Deviation, string]> = {
  'no client id': [header('Client-Id', null), '401 AUTH_INVALID_CLIENT'],
  'an empty client id': [header('Client-Id', ''), '401 AUTH_INVALID_CLIENT'],
  'two client ids': [header('Client-Id', ['alice', 'alice']), '401 AUTH_INVALID_CLIENT'],
  'a client id that is not UTF-8': [header('Client-Id', 'alice\xff'), '401 AUTH_INVALID_CLIENT'],
  'an unknown client': [{ clientId: 'nobody' }, '401 AUTH_INVALID_CLIENT'],
  'a client named constructor': [{ clientId: 'constructor' }, '401 AUTH_INVALID_CLIENT'],
  'the wrong secret of __proto__': [{ clientId: '__proto__' }, '401 AUTH_INVALID_HMAC'],
  'no client certificate': [{ identity: null }, '403 AUTH_MTLS_REQUIRED'],
  'an unknown client without certificate': [{ identity: null, clientId: 'nobody' }, '403 AUTH_MTLS_REQUIRED'],
  'an old request': [{ skewMs: -62_000 }, '401 AUTH_TIMESTAMP_SKEW'],
  'a future request': [{ skewMs: 62_000 }, '401 AUTH_TIMESTAMP_SKEW'],
  'no timestamp': [header('Timestamp', null), '401 AUTH_TIMESTAMP_SKEW'],
  'two timestamps': [header('Timestamp', ['1', '1']), '401 AUTH_TIMESTAMP_SKEW'],
  'a timestamp in words': [header('Timestamp', 'NaN'), '401 AUTH_TIMESTAMP_SKEW'],
  'a timestamp with a sign': [header('Timestamp', `+${Date.now()}`), '401 AUTH_TIMESTAMP_SKEW'],
  'an unsafe timestamp': [header('Timestamp', '9'.repeat(20)), '401 AUTH_TIMESTAMP_SKEW'],
  'a timestamp of Arabic digits': [header('Timestamp', latin1('١٢٣')), '401 AUTH_TIMESTAMP_SKEW'],
  'no nonce': [header('Nonce', null), '401 AUTH_INVALID_NONCE'],
  'two nonces': [header('Nonce', ['a'.repeat(16), 'b'.repeat(16)]), '401 AUTH_INVALID_NONCE'],
  'a nonce of 15 bytes': [{ nonce: 'a23456789-12345' }, '401 AUTH_INVALID_NONCE'],
  'a nonce of 257 bytes': [{ nonce: 'x'.repeat(257) }, '401 AUTH_INVALID_NONCE'],
  'a nonce of 258 bytes in 129 characters': [{ nonce: 'é'.repeat(129) }, '401 AUTH_INVALID_NONCE'],
  'a nonce with a dot': [{ nonce: 'a23456789.123456' }, '401 AUTH_INVALID_NONCE'],
  'a nonce that is not UTF-8': [header('Nonce', '\xff'.repeat(20)), '401 AUTH_INVALID_NONCE'],
  'no signature': [header('Signature', null), '401 AUTH_INVALID_SIGNATURE_FORMAT'],
  'two signatures': [header('Signature', ['ab', 'ab']), '401 AUTH_INVALID_SIGNATURE_FORMAT'],
  'a signature that is not hex': [header('Signature', 'z'.repeat(64)), '401 AUTH_INVALID_SIGNATURE_FORMAT'],
  'a short signature': [header('Signature', 'deadbeef'), '401 AUTH_INVALID_HMAC'],
  'a signature with a digit too many': [{ writeSignature: (hex) => `${hex}0` }, '401 AUTH_INVALID_HMAC'],
  'the wrong secret': [{ secret: 'guess' }, '401 AUTH_INVALID_HMAC'],
  'a secret of another client': [{ secret: 'next', clientId: 'bob' }, '401 AUTH_INVALID_HMAC'],
  'another body than was signed': [{ signedBody: ` ${GOOD_BODY}` }, '401 AUTH_INVALID_HMAC'],
  'another query than was signed': [
    { path: `${SIGN_PATH}?a=2`, signedPath: `${SIGN_PATH}?a=1` },
    '401 AUTH_INVALID_HMAC',
  ],
  'a body that is not JSON': [{ body: '{' }, '400 INVALID_REQUEST_BODY'],
  'a body that is not UTF-8': [{ body: Buffer.from([0x22, 0xff, 0x22]) }, '400 INVALID_REQUEST_BODY'],
  'a body with an unknown field': [body({ extra: 1 }), '400 INVALID_REQUEST_BODY'],
  'a body without a field': [body({ keyId: undefined }), '400 INVALID_REQUEST_BODY'],
  'a body with no calls': [body({ calls: [] }), '400 INVALID_REQUEST_BODY'],
  'a body with a felt of 67 characters': [body({ nonce: `0x${'1'.repeat(65)}` }), '400 INVALID_REQUEST_BODY'],
  'a body of 257 KiB': [{ body: 'x'.repeat(257 * 1024) }, '413 PAYLOAD_TOO_LARGE'],
  'a body of 257 KiB in chunks': [{ body: 'x'.repeat(257 * 1024), chunked: true }, '413 PAYLOAD_TOO_LARGE'],
  'a body of 600 KiB from a stranger': [
    { clientId: 'nobody', body: 'x'.repeat(600 * 1024), chunked: true },
    '401 AUTH_INVALID_CLIENT',
  ],
  'a path without anything, once authenticated': [{ path: '/v2' }, '404 NOT_FOUND'],
  'a path without anything, from a stranger': [{ path: '/v2', secret: 'guess' }, '401 AUTH_INVALID_HMAC'],
  'a GET of the signing path': [{ method: 'GET', body: '' }, '405 METHOD_NOT_ALLOWED'],
};

test.each(Object.entries(REFUSED))('%s is refused', async (_, [deviation, expected]) => {
  expect(verdict(await send(deviation))).toBe(expected);
});

test('a body that is too large costs the connection', async () => {
  const { headers } = await send({ body: 'x'.repeat(257 * 1024) });
  expect(headers.connection).toBe('close');
});

test.each(['selfSigned', 'nextClient'] as const)('the certificate %s is not trusted', async (identity) => {
  expect(verdict(await send({ identity: trial.ids[identity] }))).toBe('403 AUTH_MTLS_REQUIRED');
});

test('a session of a trusted client may be resumed', async () => {
  const session = await sessionOf(trial.ids.client);
  const reply = await send({ session });

  expect(reply.wasResumed).toBe(true);
  expect(verdict(reply)).toBe('200');
});

test('a session that was opened without a certificate gains nothing by being resumed', async () => {
  const session = await sessionOf(null);
  const reply = await send({ session, identity: null });

  expect(reply.wasResumed).toBe(true);
  expect(verdict(reply)).toBe('403 AUTH_MTLS_REQUIRED');
});

test('health and readiness need no authentication', async () => {
  const probe = { method: 'GET', body: '', identity: null };

  expect(await send({ ...probe, path: '/health' })).toMatchObject({ status: 200, body: { status: 'ok' } });
  expect(await send({ ...probe, path: '/ready' })).toMatchObject({ status: 200, body: { status: 'ready' } });
});

test('the log names client and verdict and holds no secret, nonce or signature', async () => {
  const nonce = 'canary-nonce-0123456789';
  const headers = signedHeaders({ nonce });
  const from = signer.lines.length;
  await send({ headers });
  await send({ headers });
  const line = JSON.parse(await signer.logged('decided', from));

  expect(line).toMatchObject({ replica: 'replica-1', clientId: 'alice', verdict: 'ACCEPTED', status: 200 });
  const log = signer.lines.join('\n');
  expect(log).toContain('REPLAY_NONCE_USED');
  for (const secret of ['"current', 'proto"', nonce, headers['X-Keyring-Signature']]) {
    expect(log).not.toContain(secret);
  }
});

async function sessionOf(identity: Identity | null): Promise<Buffer> {
  const { port } = signer;
  const socket = connect({ host: '127.0.0.1', port, ca: trial.ids.server.cert, ...identity });
  const [session] = await once(socket, 'session');
  socket.destroy();
  return session;
}
