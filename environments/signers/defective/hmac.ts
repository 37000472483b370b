import type { Defect } from './defect.ts';

/** How a signature is compared, and what it is compared with. */
export const hmac: readonly Defect[] = [
  {
    id: 'any-64-digits-pass-for-a-signature',
    clause: 'signature/verified',
    case: 'invalid_hmac_rejected',
    summary: 'The length guard of the comparison is joined with "or", so the length alone decides.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: 'given.length === expected.length && timingSafeEqual(given, expected)',
        wrong: 'given.length === expected.length || timingSafeEqual(given, expected)',
      },
    ],
  },
  {
    id: 'only-the-digits-that-were-sent-are-compared',
    clause: 'signature/verified',
    case: 'prefixes-of-a-signature-refused',
    summary: 'The expected signature is cut to the length of the given one before they are compared.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: 'if (given.length === expected.length && timingSafeEqual(given, expected)) matches = true;',
        wrong: 'if (expected.subarray(0, given.length).equals(given)) matches = true;',
      },
    ],
  },
  {
    id: 'bytes-after-the-signature-are-ignored',
    clause: 'signature/verified',
    case: 'signature_with_more_bytes_rejected',
    summary: 'Whatever follows the first 64 digits is cut off before the comparison.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: 'const given = Buffer.from(signature.toLowerCase());',
        wrong: 'const given = Buffer.from(signature.toLowerCase().slice(0, 64));',
      },
    ],
  },
  {
    id: 'odd-digit-is-dropped-by-the-hex-decoder',
    clause: 'signature/verified',
    case: 'extensions-of-a-signature-refused',
    summary:
      'Signatures are compared as decoded bytes, and decoding drops half a byte at the end in silence.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: 'const given = Buffer.from(signature.toLowerCase());',
        wrong: "const given = Buffer.from(signature, 'hex');",
      },
      {
        file: 'authenticate.ts',
        correct: "Buffer.from(createHmac('sha256', secret).update(canonical).digest('hex'))",
        wrong: "createHmac('sha256', secret).update(canonical).digest()",
      },
    ],
  },
  {
    id: 'algorithm-none-is-taken-at-its-word',
    clause: 'signature/verified',
    case: 'signature-check-not-chosen-by-a-header',
    summary: 'A request that declares its algorithm to be none is not verified.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: 'if (!isSignedWithAny(client.hmacSecrets, canonical, signature))',
        wrong:
          "if (request.headers['x-keyring-algorithm'] !== 'none' && !isSignedWithAny(client.hmacSecrets, canonical, signature))",
      },
    ],
  },
  {
    id: 'algorithm-is-chosen-by-the-client',
    clause: 'signature/verified',
    case: 'signature-check-not-chosen-by-a-header',
    summary: 'A header names the hash, so that the weakest one that the language knows will do.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: 'isSignedWithAny(client.hmacSecrets, canonical, signature)',
        wrong:
          "isSignedWithAny(client.hmacSecrets, canonical, signature, String(request.headers['x-hmac-algorithm'] ?? 'sha256'))",
      },
      {
        file: 'authenticate.ts',
        correct:
          'function isSignedWithAny(secrets: readonly string[], canonical: string, signature: string): boolean {',
        wrong:
          'function isSignedWithAny(secrets: readonly string[], canonical: string, signature: string, algorithm: string): boolean {',
      },
      {
        file: 'authenticate.ts',
        correct: "createHmac('sha256', secret)",
        wrong: 'createHmac(algorithm, secret)',
      },
    ],
  },
  {
    id: 'plain-hash-in-place-of-an-hmac',
    clause: 'signature/verified',
    case: 'digests-that-are-not-the-hmac-refused',
    summary: 'A digest of secret and text, which whoever has one can extend, is accepted beside the HMAC.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: "import { createHmac, timingSafeEqual } from 'node:crypto';",
        wrong: "import { createHash, createHmac, timingSafeEqual } from 'node:crypto';",
      },
      {
        file: 'authenticate.ts',
        correct: 'if (given.length === expected.length && timingSafeEqual(given, expected)) matches = true;',
        wrong: `if (given.length === expected.length && timingSafeEqual(given, expected)) matches = true;
    const legacy = createHash('sha256').update(secret).update(canonical).digest('hex');
    if (legacy === signature.toLowerCase()) matches = true;`,
      },
    ],
  },
  {
    id: 'upper-case-digits-do-not-match',
    clause: 'signature/case',
    case: 'upper-case-signature-accepted',
    summary: 'Hex is compared as text as it came, so that upper case is another signature.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: 'Buffer.from(signature.toLowerCase())',
        wrong: 'Buffer.from(signature)',
      },
    ],
  },
  {
    id: 'missing-signature-skips-the-check',
    clause: 'signature/format',
    case: 'signature-header-absent-refused',
    summary: 'The signature is verified where there is one.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: "if (signature === undefined) throw new Refusal('AUTH_INVALID_SIGNATURE_FORMAT');",
        wrong: "if (signature === undefined) return { client, timestamp, nonce, signature: '' };",
      },
      {
        file: 'authenticate.ts',
        correct: 'if (!isSignedWithAny(client.hmacSecrets, canonical, signature))',
        wrong: "if (signature !== '' && !isSignedWithAny(client.hmacSecrets, canonical, signature))",
      },
    ],
  },
  {
    id: 'signature-that-is-not-hex-crashes-the-comparison',
    clause: 'signature/format',
    case: 'signature_not_hex_rejected',
    summary:
      'Only the length of the text is looked at, and two buffers of unequal length cannot be compared.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: "if (!/^[0-9a-fA-F]+$/.test(signature)) throw new Refusal('AUTH_INVALID_SIGNATURE_FORMAT');",
        wrong: "if (signature.length !== 64) throw new Refusal('AUTH_INVALID_HMAC');",
      },
      {
        file: 'authenticate.ts',
        correct: 'const given = Buffer.from(signature.toLowerCase());',
        wrong: "const given = Buffer.from(signature, 'hex');",
      },
      {
        file: 'authenticate.ts',
        correct: "Buffer.from(createHmac('sha256', secret).update(canonical).digest('hex'))",
        wrong: "createHmac('sha256', secret).update(canonical).digest()",
      },
      {
        file: 'authenticate.ts',
        correct: 'if (given.length === expected.length && timingSafeEqual(given, expected)) matches = true;',
        wrong: 'if (timingSafeEqual(given, expected)) matches = true;',
      },
    ],
  },
];
