import type { Defect } from './defect.ts';

/** Which nonces are well formed. */
export const nonce: readonly Defect[] = [
  {
    id: 'missing-nonce-is-made-up',
    clause: 'nonce/format',
    case: 'nonce-header-absent-refused',
    summary: 'A request without a nonce is given a random one, so that it is never a replay.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: "const nonce = headerText(request, 'x-keyring-nonce');",
        wrong: "const nonce = headerText(request, 'x-keyring-nonce') ?? crypto.randomUUID();",
      },
    ],
  },
  {
    id: 'empty-nonce-switches-replay-protection-off',
    clause: 'nonce/format',
    case: 'nonce_empty_rejected',
    summary: 'A nonce is checked and spent where there is one.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: "const nonce = headerText(request, 'x-keyring-nonce');",
        wrong: "const nonce = headerText(request, 'x-keyring-nonce') ?? '';",
      },
      {
        file: 'authenticate.ts',
        correct: "if (!isNonce(nonce)) throw new Refusal('AUTH_INVALID_NONCE');",
        wrong: "if (nonce !== '' && !isNonce(nonce)) throw new Refusal('AUTH_INVALID_NONCE');",
      },
      {
        file: 'authenticate.ts',
        correct: "if (!isFirstUse) throw new Refusal('REPLAY_NONCE_USED');",
        wrong: "if (nonce !== '' && !isFirstUse) throw new Refusal('REPLAY_NONCE_USED');",
      },
    ],
  },
  {
    id: 'short-nonce-is-enough',
    clause: 'nonce/format',
    case: 'nonce_15_bytes_rejected',
    summary: 'The lower limit is off by one.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: 'if (bytes < NONCE_MIN_BYTES)',
        wrong: 'if (bytes < NONCE_MIN_BYTES - 1)',
      },
    ],
  },
  {
    id: 'shortest-nonce-is-not-enough',
    clause: 'nonce/range-accepted',
    case: 'nonce_16_bytes_accepted',
    summary: 'The lower limit is itself refused.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: 'if (bytes < NONCE_MIN_BYTES)',
        wrong: 'if (bytes <= NONCE_MIN_BYTES)',
      },
    ],
  },
  {
    id: 'longest-nonce-is-too-long',
    clause: 'nonce/range-accepted',
    case: 'nonce_256_bytes_accepted',
    summary: 'The upper limit is itself refused.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: 'if (bytes > NONCE_MAX_BYTES)',
        wrong: 'if (bytes >= NONCE_MAX_BYTES)',
      },
    ],
  },
  {
    id: 'nonce-of-any-length',
    clause: 'nonce/format',
    case: 'nonce_257_bytes_rejected',
    summary: 'A nonce has no upper limit, and the store keeps what it is given.',
    edits: [
      { file: 'authenticate.ts', correct: '  if (bytes > NONCE_MAX_BYTES) return false;\n', wrong: '' },
    ],
  },
  {
    id: 'nonce-is-counted-in-characters',
    clause: 'nonce/range-accepted',
    case: 'nonce_16_bytes_of_15_characters_accepted',
    summary: 'The limits speak of bytes and the code counts characters.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: "const bytes = Buffer.byteLength(nonce, 'utf8');",
        wrong: 'const bytes = nonce.length;',
      },
    ],
  },
  {
    id: 'full-stop-in-a-nonce-is-let-through',
    clause: 'nonce/format',
    case: 'nonce_with_full_stop_rejected',
    summary: 'The character that joins the signed fields may stand in one of them.',
    edits: [{ file: 'authenticate.ts', correct: "return !nonce.includes('.');", wrong: 'return true;' }],
  },
];
