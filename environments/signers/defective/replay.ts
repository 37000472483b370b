import type { Defect } from './defect.ts';

/** When a nonce counts as used, where that is kept, and for how long. */
export const replay: readonly Defect[] = [
  {
    id: 'reply-of-the-store-is-not-looked-at',
    clause: 'replay/single-use',
    case: 'valid_hmac_mtls_single_use',
    summary: 'The nonce is written down and nobody asks whether it was there before.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: "  if (!isFirstUse) throw new Refusal('REPLAY_NONCE_USED');\n",
        wrong: '',
      },
    ],
  },
  {
    id: 'replays-are-known-by-their-signature',
    clause: 'replay/single-use',
    case: 'replay_nonce_rejected',
    summary: 'What is spent is the signature, so the same nonce passes again as soon as it is signed anew.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: 'consume(client.id, nonce, nonceTtlSeconds)',
        wrong: 'consume(client.id, signature.toLowerCase(), nonceTtlSeconds)',
      },
    ],
  },
  {
    id: 'replays-are-known-by-their-raw-headers',
    clause: 'replay/single-use',
    case: 'replay-in-disguise-refused',
    summary: 'What is spent is the request as it was written, and there are many ways to write it.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: 'consume(client.id, nonce, nonceTtlSeconds)',
        wrong: "consume(client.id, request.rawHeaders.join('\\n'), nonceTtlSeconds)",
      },
    ],
  },
  {
    id: 'nonce-is-written-down-after-the-answer',
    clause: 'replay/single-use',
    case: 'never-accepted-twice',
    broughtOutBy: ['valid_hmac_mtls_single_use'],
    summary: 'The nonce is looked up at once and spent in the background, when the answer is on its way.',
    edits: [
      {
        file: 'replay-store.ts',
        correct: 'const reply = await this.#set(key, ttlSeconds * 1000);',
        wrong: `const reply = (await this.#redis.exists(key)) === 1 ? null : 'OK';
    setTimeout(() => void this.#set(key, ttlSeconds * 1000).catch(() => undefined), 1000);`,
      },
    ],
  },
  {
    id: 'nonce-is-read-and-then-written',
    clause: 'replay/atomic',
    case: 'one-of-64-identical-requests-accepted',
    summary: 'Between asking whether a nonce was used and writing that it is, others ask the same.',
    edits: [
      {
        file: 'replay-store.ts',
        correct: "return await this.#redis.set(key, '1', 'PX', ttlMs, 'NX');",
        wrong: `if ((await this.#redis.get(key)) !== null) return null;
      return await this.#redis.set(key, '1', 'PX', ttlMs);`,
      },
    ],
  },
  {
    id: 'nonces-are-kept-in-the-memory-of-the-replica',
    clause: 'replay/shared',
    case: 'nonce-spent-on-one-replica-is-spent-on-all',
    summary: 'Each replica knows only what was sent to itself.',
    edits: [
      {
        file: 'replay-store.ts',
        correct: 'const RECONNECT_AFTER_MS = 50;',
        wrong: `const RECONNECT_AFTER_MS = 50;
const spent = new Set<string>();`,
      },
      {
        file: 'replay-store.ts',
        correct: 'const reply = await this.#set(key, ttlSeconds * 1000);',
        wrong: `const reply = spent.has(key) ? null : 'OK';
    spent.add(key);
    setTimeout(() => spent.delete(key), ttlSeconds * 1000);`,
      },
    ],
  },
  {
    id: 'replica-name-is-part-of-the-key',
    clause: 'replay/shared',
    case: 'nonce-spent-through-the-balancer-is-spent-everywhere',
    summary: 'One store for all, in which each replica has a corner of its own.',
    edits: [
      {
        file: 'replay-store.ts',
        correct: 'this.#keyPrefix = config.keyPrefix;',
        wrong: 'this.#keyPrefix = `${config.keyPrefix}${connectionName}:`;',
      },
    ],
  },
  {
    id: 'nonces-of-all-clients-are-one-pool',
    clause: 'replay/client-scoped',
    case: 'two-clients-may-use-one-nonce',
    summary: 'The key is the nonce alone, so that one client can use up those of another.',
    edits: [
      {
        file: 'replay-store.ts',
        correct: 'JSON.stringify([clientId, nonce])',
        wrong: 'JSON.stringify([nonce])',
      },
    ],
  },
  {
    id: 'client-and-nonce-are-joined-by-a-colon',
    clause: 'replay/client-scoped',
    case: 'client-and-nonce-do-not-run-together',
    summary: 'A colon may stand on either side of the one that joins them.',
    edits: [
      {
        file: 'replay-store.ts',
        correct: 'JSON.stringify([clientId, nonce])',
        wrong: "[clientId, nonce].join(':')",
      },
    ],
  },
  {
    id: 'replay-key-is-an-object',
    clause: 'replay/key',
    case: 'replay-key-is-the-json-array',
    summary: 'A key that works, and that no other implementation at the same store would look for.',
    edits: [
      {
        file: 'replay-store.ts',
        correct: 'JSON.stringify([clientId, nonce])',
        wrong: 'JSON.stringify({ clientId, nonce })',
      },
    ],
  },
  {
    id: 'replay-key-is-in-lower-case',
    clause: 'replay/key',
    case: 'nonce_in_other_case_accepted',
    summary: 'Nonces are taken for hex and written in lower case, which makes two of them one.',
    edits: [
      {
        file: 'replay-store.ts',
        correct: 'JSON.stringify([clientId, nonce])',
        wrong: 'JSON.stringify([clientId, nonce.toLowerCase()])',
      },
    ],
  },
  {
    id: 'nonce-is-spent-before-the-signature-is-checked',
    clause: 'replay/after-authentication',
    case: 'refused-request-spends-no-nonce',
    summary: 'Whoever can guess a nonce can burn it without a secret.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: `  if (!isSignedWithAny(client.hmacSecrets, canonical, signature)) throw new Refusal('AUTH_INVALID_HMAC');
`,
        wrong: '',
      },
      {
        file: 'authenticate.ts',
        correct: "if (!isFirstUse) throw new Refusal('REPLAY_NONCE_USED');",
        wrong: `if (!isSignedWithAny(client.hmacSecrets, canonical, signature)) throw new Refusal('AUTH_INVALID_HMAC');
  if (!isFirstUse) throw new Refusal('REPLAY_NONCE_USED');`,
      },
    ],
  },
  {
    id: 'nonce-is-kept-for-ever',
    clause: 'replay/reopens',
    case: 'nonce-accepted-once-more-after-its-time-to-live',
    summary: 'Keys are written without an expiry and fill the store.',
    edits: [
      {
        file: 'replay-store.ts',
        correct: "set(key, '1', 'PX', ttlMs, 'NX')",
        wrong: "set(key, '1', 'NX')",
      },
    ],
  },
  {
    id: 'nonce-is-forgotten-a-second-early',
    clause: 'replay/single-use',
    case: 'nonce-held-until-the-end-of-its-time-to-live',
    summary: 'The time to live is rounded down to be on the safe side, which is the other one.',
    edits: [
      {
        file: 'replay-store.ts',
        correct: "set(key, '1', 'PX', ttlMs, 'NX')",
        wrong: "set(key, '1', 'EX', Math.max(1, Math.floor((ttlMs - 1) / 1000)), 'NX')",
      },
    ],
  },
  {
    id: 'nonce-is-kept-for-the-maximum-age-only',
    clause: 'replay/retention',
    case: 'request-dated-ahead-never-accepted-twice-while-fresh',
    summary: 'A request dated ahead is fresh for longer than its nonce is remembered.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: 'consume(client.id, nonce, nonceTtlSeconds)',
        wrong: 'consume(client.id, nonce, Math.min(nonceTtlSeconds, timestampMaxAgeMs / 1000))',
      },
    ],
  },
];
