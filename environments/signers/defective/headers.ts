import type { Defect, Edit } from './defect.ts';

/** A header sent twice is read as the first of its values here, and the ones who use it may take another. */
const firstOfSeveral: Edit = {
  file: 'header-text.ts',
  correct: '  if (values.length !== 1) return undefined;\n',
  wrong: '',
};

/** How a header becomes a value. */
export const headers: readonly Defect[] = [
  {
    id: 'nonce-verified-is-not-the-nonce-spent',
    clause: 'canonical/nonce-bound',
    case: 'nonce-sent-twice-never-hides-a-replay',
    summary: 'Of a nonce sent twice the first is verified and both, joined, are spent.',
    edits: [
      firstOfSeveral,
      {
        file: 'authenticate.ts',
        correct: 'consume(client.id, nonce, nonceTtlSeconds)',
        wrong: "consume(client.id, String(request.headers['x-keyring-nonce']), nonceTtlSeconds)",
      },
    ],
  },
  {
    id: 'timestamp-verified-is-not-the-timestamp-judged',
    clause: 'canonical/timestamp-bound',
    case: 'timestamp-sent-twice-never-refreshes',
    summary: 'Of a timestamp sent twice the first is verified and the last one has to be fresh.',
    edits: [
      firstOfSeveral,
      {
        file: 'authenticate.ts',
        correct: 'if (!isFresh(timestamp, config.timestampMaxAgeMs))',
        wrong: `const latest = request.headersDistinct['x-keyring-timestamp']?.at(-1) ?? timestamp;
  if (!isFresh(latest, config.timestampMaxAgeMs))`,
      },
      {
        file: 'authenticate.ts',
        correct: "  if (!isFresh(timestamp, timestampMaxAgeMs)) throw new Refusal('AUTH_TIMESTAMP_SKEW');\n",
        wrong: '',
      },
    ],
  },
  {
    id: 'client-verified-is-not-the-client-charged',
    clause: 'client/exact',
    case: 'client-sent-twice-never-moves-a-nonce',
    summary: 'Of a client id sent twice the first is looked up and both, joined, own the nonce.',
    edits: [
      firstOfSeveral,
      {
        file: 'authenticate.ts',
        correct: 'consume(client.id, nonce, nonceTtlSeconds)',
        wrong: "consume(String(request.headers['x-keyring-client-id']), nonce, nonceTtlSeconds)",
      },
    ],
  },
  {
    id: 'header-bytes-that-are-no-utf8-are-replaced',
    clause: 'nonce/format',
    case: 'nonce-of-bytes-that-are-no-utf8-refused',
    summary: 'Headers are decoded leniently, so that a nonce of other bytes gives the same signed text.',
    edits: [
      {
        file: 'header-text.ts',
        correct: '{ fatal: true, ignoreBOM: true }',
        wrong: '{ ignoreBOM: true }',
      },
    ],
  },
];
