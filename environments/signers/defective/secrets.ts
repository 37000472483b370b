import type { Defect } from './defect.ts';

/** Which secrets of a client count, and where they turn up. */
export const secrets: readonly Defect[] = [
  {
    id: 'only-the-first-secret-is-tried',
    clause: 'secrets/each-allowed',
    case: 'rotated_secret_accepted',
    summary:
      'The list has room for two secrets and the code for one, so that nothing overlaps in a rotation.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: 'for (const secret of secrets) {',
        wrong: 'for (const secret of secrets.slice(0, 1)) {',
      },
    ],
  },
  {
    id: 'third-secret-is-never-tried',
    clause: 'secrets/each-allowed',
    case: 'each-of-three-secrets-accepted',
    summary: 'The code knows a current and a next secret, and a list may be longer.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: 'for (const secret of secrets) {',
        wrong: `const [current = '', next = current] = secrets;
  for (const secret of [current, next]) {`,
      },
    ],
  },
  {
    id: 'secrets-are-read-as-latin1',
    clause: 'secrets/each-allowed',
    case: 'secret-is-its-utf8-bytes',
    summary: 'The key is made of one byte for each character.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: "createHmac('sha256', secret)",
        wrong: "createHmac('sha256', Buffer.from(secret, 'latin1'))",
      },
    ],
  },
  {
    id: 'secrets-of-all-clients-are-tried',
    clause: 'secrets/others-refused',
    case: 'secret-of-another-client-refused',
    summary: 'A signature by any registered client lets its owner speak as any other.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: 'if (!isSignedWithAny(client.hmacSecrets, canonical, signature))',
        wrong: `const known = [...grounds.config().clients.values()].flatMap(({ hmacSecrets }) => hmacSecrets);
  if (!isSignedWithAny(known, canonical, signature))`,
      },
    ],
  },
  {
    id: 'empty-slot-is-an-empty-secret',
    clause: 'secrets/others-refused',
    case: 'empty-secrets-refused',
    summary: 'Every client has three slots, and one that is not filled verifies what is signed with nothing.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: 'for (const secret of secrets) {',
        wrong: "for (const secret of [...secrets, '', ''].slice(0, 3)) {",
      },
    ],
  },
  {
    id: 'missing-secret-is-the-word-undefined',
    clause: 'secrets/others-refused',
    case: 'empty-secrets-refused',
    summary: 'A slot that is not filled is turned into text, and the text is a key that anybody can guess.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: 'for (const secret of secrets) {',
        wrong: `const [current, next, previous] = secrets;
  for (const secret of [current, next, previous].map(String)) {`,
      },
    ],
  },
  {
    id: 'nobody-is-turned-away-during-a-rotation',
    clause: 'secrets/others-refused',
    case: 'secret-outside-the-list-refused',
    summary: 'While a client has more than one secret, mismatches are forgiven as teething troubles.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: 'let matches = false;',
        wrong: 'let matches = secrets.length > 1;',
      },
    ],
  },
];
