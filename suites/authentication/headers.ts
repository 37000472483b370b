import { headerOf, withHeader } from '../../harness/contract/signer-auth-v1/request.ts';
import type { ClauseId } from '../../harness/contract/signer-auth-v1/clauses.ts';
import type { HeaderRole } from '../../harness/contract/signer-auth-v1/headers.ts';
import type { Refusal } from '../../harness/contract/signer-auth-v1/verdicts.ts';
import { MARGIN_MS, oneClient, signerCase } from '../case.ts';

const tags = ['headers', 'raw'];

/** A header that is not there at all, which no vector can express. */
const absent = (role: HeaderRole, clause: ClauseId, refusal: Refusal) =>
  signerCase({
    id: `${role}-header-absent-refused`,
    clause,
    tags,
    clients: oneClient,
    async run({ client, replicas }) {
      for (const replica of replicas) {
        await replica.refuses(withHeader(client('one').signs(), role, [], `no ${role} header`), refusal);
      }
    },
  });

// A header sent twice may be read as the first, the last or both joined. These are made so that each reading, if it is
// the only one, ends in a refusal: what gets through was verified with one value and used with another.
const anyRefusal: readonly Refusal[] = [
  'AUTH_INVALID_CLIENT',
  'AUTH_TIMESTAMP_SKEW',
  'AUTH_INVALID_NONCE',
  'AUTH_INVALID_HMAC',
  'REPLAY_NONCE_USED',
  'MALFORMED_REQUEST',
];

const nonceSentTwice = signerCase({
  id: 'nonce-sent-twice-never-hides-a-replay',
  clause: 'canonical/nonce-bound',
  tags,
  clients: oneClient,
  async run({ client, replicas }) {
    for (const replica of replicas) {
      const request = client('one').signs();
      const unused = headerOf(client('one').signs(), 'nonce');
      const spent = headerOf(request, 'nonce');
      await replica.receives(request);
      await replica.refuses(
        withHeader(request, 'nonce', [spent, unused], 'nonce twice, spent one first'),
        anyRefusal,
      );
      await replica.refuses(
        withHeader(request, 'nonce', [unused, spent], 'nonce twice, spent one last'),
        anyRefusal,
      );
    }
  },
});

const timestampSentTwice = signerCase({
  id: 'timestamp-sent-twice-never-refreshes',
  clause: 'canonical/timestamp-bound',
  tags,
  clients: oneClient,
  async run({ client, replicas, limits: { timestampMaxAgeMs: age } }) {
    for (const replica of replicas) {
      const request = client('one').signs({ dated: -(age + MARGIN_MS) });
      const stale = headerOf(request, 'timestamp');
      const fresh = headerOf(client('one').signs(), 'timestamp');
      await replica.refuses(
        withHeader(request, 'timestamp', [stale, fresh], 'timestamp twice, stale first'),
        anyRefusal,
      );
      await replica.refuses(
        withHeader(request, 'timestamp', [fresh, stale], 'timestamp twice, stale last'),
        anyRefusal,
      );
    }
  },
});

const clientSentTwice = signerCase({
  id: 'client-sent-twice-never-moves-a-nonce',
  clause: 'client/exact',
  tags,
  clients: { one: { allowed: ['current'] }, other: { allowed: ['current'] } },
  async run({ client, replicas }) {
    for (const replica of replicas) {
      const request = client('one').signs();
      const [one, other] = [client('one').id, client('other').id];
      await replica.receives(request);
      await replica.refuses(
        withHeader(request, 'client', [one, other], 'client twice, signing one first'),
        anyRefusal,
      );
      await replica.refuses(
        withHeader(request, 'client', [other, one], 'client twice, signing one last'),
        anyRefusal,
      );
    }
  },
});

const nonceNotUtf8 = signerCase({
  id: 'nonce-of-bytes-that-are-no-utf8-refused',
  clause: 'nonce/format',
  tags,
  clients: oneClient,
  async run({ client, replicas }) {
    for (const replica of replicas) {
      const request = client('one').signs({ nonce: `${'n'.repeat(20)}\u{fffd}` });
      const raw = request.headers.map(
        ([name, value]) => [name, value.replace('\u00ef\u00bf\u00bd', '\u00ff')] as const,
      );
      const mangled = { ...request, headers: raw, label: 'nonce with byte FF' };
      await replica.refuses(mangled, ['AUTH_INVALID_NONCE', 'MALFORMED_REQUEST']);
    }
  },
});

export const headers = [
  absent('client', 'client/registered-only', 'AUTH_INVALID_CLIENT'),
  absent('timestamp', 'time/format', 'AUTH_TIMESTAMP_SKEW'),
  absent('nonce', 'nonce/format', 'AUTH_INVALID_NONCE'),
  absent('signature', 'signature/format', 'AUTH_INVALID_SIGNATURE_FORMAT'),
  nonceSentTwice,
  timestampSentTwice,
  clientSentTwice,
  nonceNotUtf8,
];
