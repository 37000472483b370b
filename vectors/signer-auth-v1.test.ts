import { createHash, createHmac } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ACCEPTED } from '../harness/contract/contract.ts';
import { headerOf } from '../harness/contract/signer-auth-v1/request.ts';
import { clauseOfVector } from './clauses.ts';
import { expectedVerdict, requestOf } from './judge.ts';
import { loadVectors } from './load.ts';
import type { Defaults, Step, Vector } from './schema.ts';

/**
 * A second opinion on our vector files: a signer of a few lines on node:crypto that shares nothing with the oracle. Where it
 * is honest it must agree with every step; told to lie in one way, it must be caught by the vector made for that lie.
 */

const files = await Promise.all(
  ['signer-auth-v1.json', 'signer-auth-v1-edge.json'].map((name) =>
    loadVectors(join(import.meta.dirname, name)),
  ),
);
const cases = files.flatMap(({ defaults, vectors }) => vectors.map((vector) => ({ vector, defaults })));

interface Received extends Step {
  readonly method: string;
  readonly path: string;
  readonly signature: string;
}

const sha256 = (data: string): string => createHash('sha256').update(data, 'utf8').digest('hex');
const hmac = (key: string | Buffer, message: string): string =>
  createHmac('sha256', key).update(message, 'utf8').digest('hex');
const messageOf = (r: Omit<Received, 'signature'>): string =>
  [r.timestamp, r.nonce, r.method, r.path, sha256(r.rawBody)].join('.');

function received(step: Step, defaults: Defaults): Received {
  const full = { method: defaults.method, path: defaults.path, ...step };
  return { ...full, signature: step.overrideSignature ?? hmac(step.signWithSecret, messageOf(full)) };
}

const stages = ['present', 'mtls', 'known', 'time', 'nonce', 'format', 'hmac', 'replay'] as const;
type Stage = (typeof stages)[number];
type Clients = Vector['clientsById'];

const honest = {
  order: stages as readonly Stage[],
  requireMtls: true,
  secrets: (clients: Clients, id: string): readonly string[] | undefined =>
    clients.find(([name]) => name === id)?.[1].hmacSecrets,
  isTimestamp: (text: string): boolean => /^[0-9]+$/.test(text) && Number.isSafeInteger(Number(text)),
  instant: (text: string, _now: number): number => Number(text),
  tooFar: (ahead: number, limit: number): boolean => Math.abs(ahead) > limit,
  isNonce: (nonce: string): boolean => inRange(Buffer.byteLength(nonce), 16, 256) && !nonce.includes('.'),
  isSignature: (text: string): boolean => /^[0-9A-Fa-f]+$/.test(text),
  messages: (r: Received): string[] => [messageOf(r)],
  macs: (secret: string, message: string): string[] => [hmac(secret, message)],
  same: (given: string, right: string): boolean => given.toLowerCase() === right,
  spends: (r: Received): string => JSON.stringify([r.clientId, r.nonce]),
};
type Signer = typeof honest;

const inRange = (length: number, least: number, most: number): boolean => length >= least && length <= most;

/** The verdicts one signer gives to the steps of a vector, in a store of the vector's own. */
function verdicts({ vector, defaults }: (typeof cases)[number], signer: Signer): string[] {
  const spent = new Set<string>();
  return vector.steps.map((step) => {
    const r = received(step, defaults);
    const secrets = signer.secrets(vector.clientsById, r.clientId);
    const refusals: Record<Stage, () => string | false> = {
      present: () => r.clientId === '' && 'AUTH_INVALID_CLIENT',
      mtls: () => signer.requireMtls && !r.isMtlsAuthenticated && 'AUTH_MTLS_REQUIRED',
      known: () => !secrets && 'AUTH_INVALID_CLIENT',
      time: () =>
        (!signer.isTimestamp(r.timestamp) ||
          signer.tooFar(
            signer.instant(r.timestamp, defaults.nowMs) - defaults.nowMs,
            defaults.timestampMaxAgeMs,
          )) &&
        'AUTH_TIMESTAMP_SKEW',
      nonce: () => !signer.isNonce(r.nonce) && 'AUTH_INVALID_NONCE',
      format: () => !signer.isSignature(r.signature) && 'AUTH_INVALID_SIGNATURE_FORMAT',
      hmac: () => !verified(r, secrets ?? [], signer) && 'AUTH_INVALID_HMAC',
      replay: () => {
        const key = signer.spends(r);
        const again = spent.has(key);
        spent.add(key);
        return again && 'REPLAY_NONCE_USED';
      },
    };
    for (const stage of signer.order) {
      const refusal = refusals[stage]();
      if (refusal !== false) return refusal;
    }
    return ACCEPTED;
  });
}

function verified(r: Received, secrets: readonly string[], signer: Signer): boolean {
  return secrets
    .flatMap((secret) => signer.messages(r).flatMap((message) => signer.macs(secret, message)))
    .some((right) => signer.same(r.signature, right));
}

const caughtBy = (signer: Signer): string[] =>
  cases
    .filter((one) =>
      verdicts(one, signer).some(
        (verdict, step) => verdict !== expectedVerdict(one.vector.steps[step]!.expect),
      ),
    )
    .map(({ vector }) => vector.id);

test('every step that signs for itself carries the HMAC that node:crypto computes', () => {
  for (const { vector, defaults } of cases) {
    for (const step of vector.steps.filter(({ overrideSignature }) => overrideSignature === undefined)) {
      const request = requestOf(step, defaults);
      expect(headerOf(request, 'signature'), vector.id).toBe(received(step, defaults).signature);
    }
  }
});

test('an honest signer on node:crypto agrees with every step', () => {
  expect(caughtBy(honest)).toEqual([]);
});

test.each(cases.map((one) => [one.vector.id, one] as const))(
  '%s: each refused step is one change away from an accepted one',
  (id, { vector, defaults }) => {
    const accepted = vector.steps.filter(({ expect: { ok } }) => ok).map((step) => received(step, defaults));
    expect(accepted.length).toBeGreaterThan(0);
    for (const step of vector.steps.filter(({ expect: { ok } }) => !ok)) {
      const refused = received(step, defaults);
      const distances = accepted.map(
        (good) => changes(refused, good, step.overrideSignature !== undefined).length,
      );
      expect(Math.min(...distances)).toBeLessThanOrEqual(clauseOfVector[id] === 'verdict/order' ? 2 : 1);
    }
  },
);

const fields = [
  'clientId',
  'timestamp',
  'nonce',
  'method',
  'path',
  'rawBody',
  'isMtlsAuthenticated',
] as const;

/** What was changed; a signature given counts as a change unless it is the one captured from the good request. */
function changes(refused: Received, good: Received, given: boolean): string[] {
  const changed: string[] = fields.filter((name) => refused[name] !== good[name]);
  if (refused.signWithSecret !== good.signWithSecret) changed.push('signWithSecret');
  if (given && refused.signature !== good.signature) changed.push('overrideSignature');
  return changed;
}

test('each changed request whose clause is what a signature binds carries the captured signature', () => {
  const bound = cases.filter(({ vector }) => /^canonical\/.*-bound$/.test(clauseOfVector[vector.id] ?? ''));
  expect(bound.length).toBeGreaterThan(5);
  for (const { vector, defaults } of bound) {
    const good = vector.steps
      .filter(({ expect: { ok } }) => ok)
      .map((step) => received(step, defaults).signature);
    for (const step of vector.steps.filter(({ expect: e }) => !e.ok && e.errorCode === 'AUTH_INVALID_HMAC')) {
      expect(good, vector.id).toContain(step.overrideSignature);
    }
  }
});

test('the two splits of the moved delimiter sign the same string', () => {
  const { vector, defaults } = cases.find(({ vector: { id } }) => id === 'delimiter_moved_rejected')!;
  const [first, second] = vector.steps.map((step) => received(step, defaults).signature);
  expect(first).toBe(second);
});

const arabic = (text: string): string =>
  text.replace(/[\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) - 0x660));
const swapped = (a: Stage, b: Stage): readonly Stage[] =>
  stages.map((stage) => (stage === a ? b : stage === b ? a : stage));
const sorted = (path: string): string => {
  const [target, query] = path.split('?');
  return query === undefined ? path : `${target}?${query.split('&').toSorted().join('&')}`;
};
const also = (change: (r: Received) => Partial<Received>): Partial<Signer> => ({
  messages: (r) => [messageOf(r), messageOf({ ...r, ...change(r) })],
});
const instead = (change: (r: Received) => Partial<Received>): Partial<Signer> => ({
  messages: (r) => [messageOf({ ...r, ...change(r) })],
});
const rewritten = ({ rawBody }: Received) => ({ rawBody: JSON.stringify(JSON.parse(rawBody)) });
const refusesEverything = { secrets: () => undefined };

const lies: readonly (readonly [lie: string, change: Partial<Signer>, caught: readonly string[]])[] = [
  ['refuses everybody', refusesEverything, ['valid_hmac_mtls_single_use']],
  ['never asks for a certificate', { requireMtls: false }, ['mtls_required_rejected']],
  [
    'accepts only less than the maximum age',
    { tooFar: (ahead, limit) => Math.abs(ahead) >= limit },
    ['timestamp_oldest_fresh_accepted', 'timestamp_latest_fresh_accepted'],
  ],
  [
    'accepts a millisecond more than the maximum age',
    { tooFar: (ahead, limit) => Math.abs(ahead) > limit + 1 },
    ['timestamp_one_ms_too_old_rejected', 'timestamp_one_ms_too_far_ahead_rejected'],
  ],
  [
    'refuses only the past',
    { tooFar: (ahead, limit) => -ahead > limit },
    ['timestamp_one_ms_too_far_ahead_rejected', 'timestamp_year_2100_rejected'],
  ],
  [
    'refuses only the future',
    { tooFar: (ahead, limit) => ahead > limit },
    ['timestamp_skew_rejected', 'timestamp_one_ms_too_old_rejected'],
  ],
  [
    'guesses seconds',
    { instant: (text) => Number(text) * (text.length === 10 ? 1000 : 1) },
    ['timestamp_in_seconds_rejected'],
  ],
  [
    'takes an empty timestamp for now',
    {
      isTimestamp: (text) => text === '' || honest.isTimestamp(text),
      instant: (text, now) => Number(text || now),
    },
    ['timestamp_empty_rejected'],
  ],
  ['compares with NaN', { isTimestamp: () => true }, ['timestamp_not_a_number_rejected']],
  [
    'reads the digits at the beginning',
    { isTimestamp: () => true, instant: (text) => Number.parseInt(text, 10) },
    ['timestamp_not_a_number_rejected', 'delimiter_moved_rejected'],
  ],
  [
    'reads any number',
    { isTimestamp: (text) => Number.isFinite(Number(text)), instant: (text) => Number(text) },
    ['timestamp_number_notation_rejected'],
  ],
  [
    'ignores a minus sign',
    { isTimestamp: (text) => /^-?[0-9]+$/.test(text), instant: (text) => Math.abs(Number(text)) },
    ['timestamp_number_notation_rejected'],
  ],
  [
    'reads digits of every script',
    { isTimestamp: (text) => honest.isTimestamp(arabic(text)), instant: (text) => Number(arabic(text)) },
    ['timestamp_other_digits_rejected'],
  ],
  [
    'takes what it cannot count for now',
    {
      isTimestamp: (text) => /^[0-9]+$/.test(text),
      instant: (text, now) => (Number.isSafeInteger(Number(text)) ? Number(text) : now),
    },
    ['timestamp_unsafe_integer_rejected'],
  ],
  [
    'allows nonces of 15 bytes',
    { isNonce: (n) => inRange(Buffer.byteLength(n), 15, 256) && !n.includes('.') },
    ['nonce_15_bytes_rejected', 'order_nonce_before_signature_format'],
  ],
  [
    'wants nonces of 17 bytes',
    { isNonce: (n) => inRange(Buffer.byteLength(n), 17, 256) && !n.includes('.') },
    ['nonce_16_bytes_accepted', 'nonce_16_bytes_of_15_characters_accepted'],
  ],
  [
    'allows nonces of 257 bytes',
    { isNonce: (n) => inRange(Buffer.byteLength(n), 16, 257) && !n.includes('.') },
    ['nonce_257_bytes_rejected'],
  ],
  [
    'wants nonces below 256 bytes',
    { isNonce: (n) => inRange(Buffer.byteLength(n), 16, 255) && !n.includes('.') },
    ['nonce_256_bytes_accepted'],
  ],
  [
    'counts characters of a nonce',
    { isNonce: (n) => inRange(n.length, 16, 256) && !n.includes('.') },
    ['nonce_16_bytes_of_15_characters_accepted', 'nonce_257_bytes_of_256_characters_rejected'],
  ],
  ['takes a nonce or none', { isNonce: (n) => n === '' || honest.isNonce(n) }, ['nonce_empty_rejected']],
  [
    'allows a full stop in a nonce',
    { isNonce: (n) => inRange(Buffer.byteLength(n), 16, 256) },
    ['nonce_with_full_stop_rejected', 'delimiter_moved_rejected'],
  ],
  [
    'skips the check of an empty signature',
    {
      isSignature: (s) => s === '' || honest.isSignature(s),
      same: (s, right) => s === '' || honest.same(s, right),
    },
    ['signature_empty_rejected'],
  ],
  [
    'looks only at the length of a signature',
    { isSignature: (s) => s.length === 64 },
    ['signature_not_hex_rejected', 'signature_short_hex_rejected'],
  ],
  [
    'decodes hex until it fails',
    { isSignature: () => true, same: (s, right) => Buffer.from(s, 'hex').toString('hex') === right },
    ['signature_not_hex_rejected', 'signature_empty_rejected'],
  ],
  [
    'takes base64 as well',
    {
      isSignature: (s) => honest.isSignature(s) || s.endsWith('='),
      same: (s, right) => [s.toLowerCase(), Buffer.from(s, 'base64').toString('hex')].includes(right),
    },
    ['signature_base64_rejected'],
  ],
  [
    'compares as much as it was given',
    { same: (s, right) => right.startsWith(s.toLowerCase()) },
    ['signature_truncated_rejected'],
  ],
  [
    'compares as much as it computed',
    { same: (s, right) => s.toLowerCase().startsWith(right) },
    ['signature_with_more_bytes_rejected'],
  ],
  ['wants lower case', { same: (s, right) => s === right }, ['signature_upper_case_accepted']],
  [
    'spends signatures',
    { spends: (r) => r.signature },
    ['signature_upper_case_accepted', 'nonce_in_new_request_rejected'],
  ],
  [
    'takes a plain hash, secret first',
    { macs: (s, m) => [hmac(s, m), sha256(s + m)] },
    ['signature_of_other_making_rejected'],
  ],
  [
    'takes a plain hash, secret last',
    { macs: (s, m) => [hmac(s, m), sha256(m + s)] },
    ['signature_of_other_making_rejected'],
  ],
  [
    'swaps key and message',
    { macs: (s, m) => [hmac(s, m), hmac(m, s)] },
    ['signature_of_other_making_rejected'],
  ],
  [
    'decodes secrets that look like hex',
    { macs: (s, m) => [hmac(s, m), hmac(Buffer.from(s, 'hex'), m)] },
    ['signature_by_decoded_secret_rejected', 'secret_empty_rejected'],
  ],
  ['takes the empty key', { macs: (s, m) => [hmac(s, m), hmac('', m)] }, ['secret_empty_rejected']],
  [
    'takes secrets for Latin-1',
    { macs: (s, m) => [hmac(Buffer.from(s, 'latin1'), m)] },
    ['secret_outside_ascii_accepted'],
  ],
  ['does not bind the method', also(() => ({ method: 'POST' })), ['method_changed_rejected']],
  ['does not bind the query', also(({ path }) => ({ path: path.split('?')[0]! })), ['query_added_rejected']],
  ['sorts the query', also(({ path }) => ({ path: sorted(path) })), ['query_changed_rejected']],
  [
    'fills in a query it expects',
    also(({ path }) => ({ path: `${path.split('?')[0]}?mode=check&trace=1` })),
    ['query_changed_rejected'],
  ],
  [
    'trims the body',
    also(({ rawBody }) => ({ rawBody: rawBody.trim() })),
    ['body_white_space_changed_rejected'],
  ],
  ['takes a rewritten body too', also(rewritten), ['body_white_space_changed_rejected']],
  ['knows only rewritten bodies', instead(rewritten), ['body_bytes_accepted', 'body_reserialised_rejected']],
  [
    'rounds the timestamp it verifies',
    also(({ timestamp }) => ({ timestamp: `${timestamp.slice(0, -3)}000` })),
    ['timestamp_changed_rejected'],
  ],
  [
    'lowers the nonce it verifies',
    also(({ nonce }) => ({ nonce: nonce.toLowerCase() })),
    ['nonce_changed_rejected'],
  ],
  [
    'looks clients up in a plain object',
    { secrets: (clients, id) => honest.secrets(clients, id) ?? (id in {} ? [] : undefined) },
    ['client_inherited_name_rejected'],
  ],
  [
    'loses a client called __proto__',
    {
      secrets: (clients, id) =>
        honest.secrets(
          clients.filter(([name]) => name !== '__proto__'),
          id,
        ),
    },
    ['client_named_proto_accepted'],
  ],
  [
    'ignores the case of client ids',
    { secrets: (clients, id) => honest.secrets(clients, id.toLowerCase()) },
    ['client_other_case_rejected'],
  ],
  [
    'makes up clients',
    { secrets: (clients, id) => honest.secrets(clients, id) ?? clients[0]?.[1].hmacSecrets },
    ['unknown_client_rejected', 'order_client_known_before_timestamp'],
  ],
  [
    'lets the missing client be the first',
    { order: stages.slice(1), secrets: (clients, id) => honest.secrets(clients, id || clients[0]![0]) },
    ['client_empty_rejected'],
  ],
  [
    'tries everybody’s secrets',
    {
      secrets: (clients, id) =>
        honest.secrets(clients, id) && clients.flatMap(([, { hmacSecrets }]) => hmacSecrets),
    },
    ['client_with_secret_of_another_rejected'],
  ],
  [
    'keeps only the first secret',
    { secrets: (clients, id) => honest.secrets(clients, id)?.slice(0, 1) },
    ['rotated_secret_accepted', 'secret_in_each_position_accepted'],
  ],
  [
    'keeps only the last secret',
    { secrets: (clients, id) => honest.secrets(clients, id)?.slice(-1) },
    ['rotated_secret_accepted'],
  ],
  [
    'keeps only two secrets',
    { secrets: (clients, id) => honest.secrets(clients, id)?.slice(0, 2) },
    ['secret_in_each_position_accepted'],
  ],
  ['skips the HMAC', { same: () => true }, ['invalid_hmac_rejected', 'secret_not_listed_rejected']],
  [
    'asks for a certificate first',
    { order: swapped('present', 'mtls') },
    ['order_client_missing_before_mtls'],
  ],
  ['asks for a certificate late', { order: swapped('mtls', 'known') }, ['order_mtls_before_client_known']],
  [
    'looks at the time before the client',
    { order: swapped('known', 'time') },
    ['order_client_known_before_timestamp'],
  ],
  [
    'looks at the nonce before the time',
    { order: swapped('time', 'nonce') },
    ['order_timestamp_before_nonce'],
  ],
  [
    'looks at the signature before the nonce',
    { order: swapped('nonce', 'format') },
    ['order_nonce_before_signature_format'],
  ],
  [
    'verifies before it looks at the form',
    { order: swapped('format', 'hmac') },
    ['invalid_signature_format_rejected'],
  ],
  [
    'spends before it verifies',
    { order: swapped('hmac', 'replay') },
    ['order_signature_before_replay', 'refused_request_spends_no_nonce'],
  ],
  ['never looks for a replay', { order: stages.slice(0, -1) }, ['replay_nonce_rejected']],
  [
    'spends nonces with their date',
    { spends: (r) => JSON.stringify([r.clientId, r.nonce, r.timestamp]) },
    ['replay_nonce_rejected'],
  ],
  [
    'spends nonces with their secret',
    { spends: (r) => JSON.stringify([r.clientId, r.nonce, r.signWithSecret]) },
    ['nonce_in_new_request_rejected'],
  ],
  ['spends nonces for all clients', { spends: (r) => r.nonce }, ['nonce_of_another_client_accepted']],
  [
    'spends nonces without their case',
    { spends: (r) => JSON.stringify([r.clientId, r.nonce.toLowerCase()]) },
    ['nonce_in_other_case_accepted'],
  ],
  [
    'joins client and nonce',
    { spends: (r) => `${r.clientId}:${r.nonce}` },
    ['replay_key_delimiter_accepted'],
  ],
];

test.each(lies)('a signer that %s is caught', (_lie, change, caught) => {
  expect(caughtBy({ ...honest, ...change })).toEqual(expect.arrayContaining([...caught]));
});

test('no vector is idle: each catches a lie it was made for', () => {
  const made = new Set(lies.flatMap(([, , caught]) => caught));
  expect(cases.map(({ vector }) => vector.id).filter((id) => !made.has(id))).toEqual([]);
});
