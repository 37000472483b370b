import type { Defect } from './defect.ts';

/** What a signature covers. */
export const canonical: readonly Defect[] = [
  {
    id: 'body-is-parsed-and-written-again-before-hashing',
    clause: 'canonical/agreed',
    case: 'body-is-signed-as-its-bytes',
    summary: 'The digest is that of the parsed JSON, so honest bytes in another layout do not verify.',
    edits: [
      {
        file: 'canonical.ts',
        correct: '.update(parts.body)',
        wrong: ".update(JSON.stringify(JSON.parse(parts.body.toString('utf8'))))",
      },
    ],
  },
  {
    id: 'white-space-around-the-body-is-not-signed',
    clause: 'canonical/body-bound',
    case: 'body-changed-after-signing-refused',
    summary: 'The body is trimmed before it is hashed.',
    edits: [
      {
        file: 'canonical.ts',
        correct: '.update(parts.body)',
        wrong: ".update(parts.body.toString('latin1').trim(), 'latin1')",
      },
    ],
  },
  {
    id: 'body-is-decoded-as-text-before-hashing',
    clause: 'canonical/body-bound',
    case: 'body-bytes-are-not-decoded-before-hashing',
    summary:
      'Every byte that is no UTF-8 becomes the same replacement character, and all of them one digest.',
    edits: [
      { file: 'canonical.ts', correct: '.update(parts.body)', wrong: ".update(parts.body.toString('utf8'))" },
    ],
  },
  {
    id: 'body-without-a-length-counts-as-empty',
    clause: 'canonical/body-bound',
    case: 'chunked-body-is-signed-like-any-other',
    summary: 'The body is read where Content-Length announces one, which chunks do not.',
    edits: [
      {
        file: 'body.ts',
        correct: '  const chunks: Buffer[] = [];',
        wrong: `  if (request.headers['content-length'] === undefined) return Buffer.alloc(0);

  const chunks: Buffer[] = [];`,
      },
    ],
  },
  {
    id: 'order-of-query-parameters-is-not-signed',
    clause: 'canonical/target-bound',
    case: 'query-changed-after-signing-refused',
    summary: 'A target that does not verify is tried again with its parameters sorted and turned round.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: 'if (!isSignedWithAny(client.hmacSecrets, canonical, signature))',
        wrong: `const [path, query = ''] = target.split('?');
  const turned = [path, query.split('&').toReversed().join('&')].join('?');
  const other = canonicalRequest({ timestamp, nonce, method, target: turned, body });
  if (![canonical, other].some((text) => isSignedWithAny(client.hmacSecrets, text, signature)))`,
      },
    ],
  },
  {
    id: 'query-is-not-signed',
    clause: 'canonical/target-bound',
    case: 'query-is-part-of-what-is-signed',
    summary: 'The signed path ends at the question mark.',
    edits: [
      {
        file: 'canonical.ts',
        correct: 'const path = parts.target;',
        wrong: "const [path] = parts.target.split('?');",
      },
    ],
  },
  {
    id: 'target-is-decoded-before-verifying',
    clause: 'canonical/target-bound',
    case: 'target-is-not-decoded-before-verifying',
    summary: 'The path is percent-decoded first, so that several targets on the wire share one signature.',
    edits: [
      {
        file: 'canonical.ts',
        correct: 'const path = parts.target;',
        wrong: 'const path = decodeURIComponent(parts.target);',
      },
    ],
  },
  {
    id: 'method-is-taken-for-post',
    clause: 'canonical/method-bound',
    case: 'method-changed-after-signing-refused',
    summary: 'The signed text names the one method the author had in mind, whatever the request says.',
    edits: [
      {
        file: 'canonical.ts',
        correct: 'const method = parts.method.toUpperCase();',
        wrong: "const method = 'POST';",
      },
    ],
  },
  {
    id: 'mismatch-is-only-logged',
    clause: 'canonical/timestamp-bound',
    case: 'timestamp-changed-after-signing-refused',
    summary: 'Verification was left in the mode in which it reports and refuses nobody.',
    edits: [
      {
        file: 'authenticate.ts',
        correct:
          "if (!isSignedWithAny(client.hmacSecrets, canonical, signature)) throw new Refusal('AUTH_INVALID_HMAC');",
        wrong: `if (!isSignedWithAny(client.hmacSecrets, canonical, signature))
    process.stderr.write(\`Would refuse a request of \${client.id}: the signature does not match\\n\`);`,
      },
    ],
  },
  {
    id: 'signature-that-was-right-once-stays-right',
    clause: 'canonical/nonce-bound',
    case: 'nonce-changed-after-signing-refused',
    summary: 'Verified signatures are cached to spare the processor, without what they were verified for.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: 'const NONCE_MIN_BYTES = 16;',
        wrong: `const verified = new Set<string>();
const NONCE_MIN_BYTES = 16;`,
      },
      {
        file: 'authenticate.ts',
        correct:
          "if (!isSignedWithAny(client.hmacSecrets, canonical, signature)) throw new Refusal('AUTH_INVALID_HMAC');",
        wrong: `if (!verified.has(signature) && !isSignedWithAny(client.hmacSecrets, canonical, signature))
    throw new Refusal('AUTH_INVALID_HMAC');
  verified.add(signature);`,
      },
    ],
  },
];
