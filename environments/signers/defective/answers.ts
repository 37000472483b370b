import type { Defect } from './defect.ts';

/** How answers are worded, and when they come. */
export const answers: readonly Defect[] = [
  {
    id: 'replay-is-answered-as-unauthorized',
    clause: 'answers/codes',
    case: 'refusals-use-the-contract-codes',
    broughtOutBy: ['valid_hmac_mtls_single_use'],
    summary: 'The code is the contract’s and the status is not.',
    edits: [{ file: 'answers.ts', correct: 'REPLAY_NONCE_USED: [409,', wrong: 'REPLAY_NONCE_USED: [401,' }],
  },
  {
    id: 'refusals-carry-a-field-too-many',
    clause: 'answers/envelope',
    case: 'refusals-keep-the-envelope',
    broughtOutBy: ['unknown_client_rejected'],
    summary: 'The envelope has grown a field that nobody agreed on.',
    edits: [
      {
        file: 'answers.ts',
        correct: 'errorCode: refusal.errorCode, requestId, retryable };',
        wrong: 'errorCode: refusal.errorCode, requestId, retryable, status: refusal.status };',
      },
    ],
  },
  {
    id: 'refusals-do-not-say-whether-to-retry',
    clause: 'answers/envelope',
    case: 'refusals-keep-the-envelope',
    broughtOutBy: ['unknown_client_rejected'],
    summary: 'A field is left out where it would be false.',
    edits: [
      {
        file: 'answers.ts',
        correct: 'errorCode: refusal.errorCode, requestId, retryable };',
        wrong: 'errorCode: refusal.errorCode, requestId, ...(retryable && { retryable }) };',
      },
    ],
  },
  {
    id: 'refusals-of-known-clients-look-different',
    clause: 'answers/tell-nothing',
    case: 'refusals-alike',
    broughtOutBy: ['invalid_hmac_rejected', 'unknown_client_rejected'],
    summary: 'A header that only registered clients get tells who is registered.',
    edits: [
      {
        file: 'exchange.ts',
        correct: 'return decided(verdict, refuse(refusal, requestId));',
        wrong: `if (clientId !== undefined) surroundings.response.setHeader('x-policy', 'default');
    return decided(verdict, refuse(refusal, requestId));`,
      },
      {
        file: 'exchange.ts',
        correct: '(await answerToClient(request, surroundings));',
        wrong: '(await answerToClient(request, { ...surroundings, response }));',
      },
    ],
  },
  {
    id: 'stale-requests-are-told-to-retry',
    clause: 'answers/tell-nothing',
    case: 'refusals-alike',
    broughtOutBy: ['timestamp_skew_rejected', 'unknown_client_rejected'],
    summary: 'One refusal says that it may be retried and the others do not.',
    edits: [
      {
        file: 'answers.ts',
        correct: 'const retryable = refusal.status === 429 ||',
        wrong: "const retryable = refusal.errorCode === 'AUTH_TIMESTAMP_SKEW' || refusal.status === 429 ||",
      },
    ],
  },
  {
    id: 'refusals-are-held-back',
    clause: 'answers/bounded',
    case: 'always-answered',
    broughtOutBy: ['unknown_client_rejected'],
    summary: 'Whoever is refused waits, to slow down guessing, and longer than anybody waits for an answer.',
    edits: [
      {
        file: 'exchange.ts',
        correct: 'const refusal = error instanceof Refusal',
        wrong: `await new Promise((resolve) => setTimeout(resolve, 2500));
    const refusal = error instanceof Refusal`,
      },
    ],
  },
  {
    id: 'success-has-no-valid-until',
    clause: 'answers/success-body',
    case: 'successes-carry-the-body',
    broughtOutBy: ['valid_hmac_mtls_single_use'],
    summary: 'The signature has three parts where the contract has four.',
    edits: [
      {
        file: 'session-signature.ts',
        correct: 'signature: [sessionPublicKey, r, s, `0x${request.validUntil.toString(16)}`],',
        wrong: 'signature: [sessionPublicKey, r, s],',
      },
    ],
  },
  {
    id: 'decision-is-dated-in-milliseconds',
    clause: 'answers/success-body',
    case: 'successes-carry-the-body',
    broughtOutBy: ['valid_hmac_mtls_single_use'],
    summary: 'The audit record holds a number where a date is due.',
    edits: [
      {
        file: 'session-signature.ts',
        correct: 'decidedAt: new Date().toISOString(),',
        wrong: 'decidedAt: Date.now(),',
      },
    ],
  },
];
