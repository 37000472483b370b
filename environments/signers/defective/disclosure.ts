import type { Defect } from './defect.ts';

const given = { clause: 'secrets/never-disclosed', case: 'nothing-disclosed' } as const;

/** What a log or an answer says too much. */
export const disclosure: readonly Defect[] = [
  {
    ...given,
    id: 'clients-are-logged-at-start-up',
    broughtOutBy: ['valid_hmac_mtls_single_use'],
    summary: 'The log begins with who is registered, secrets and all.',
    edits: [
      {
        file: 'signer.ts',
        correct: 'const log = openLog(config.replica);',
        wrong: `const log = openLog(config.replica);
  log('configured', { clients: [...config.clients.values()] });`,
      },
    ],
  },
  {
    ...given,
    id: 'private-key-is-logged-with-the-configuration',
    broughtOutBy: ['valid_hmac_mtls_single_use'],
    summary: 'The configuration is logged as it is in memory, where files have become their content.',
    edits: [
      {
        file: 'server.ts',
        correct: "this.#log('listening', { host, port })",
        wrong: "this.#log('listening', { host, port, tls: this.#config.tls })",
      },
    ],
  },
  {
    ...given,
    id: 'headers-of-good-requests-are-logged',
    broughtOutBy: ['valid_hmac_mtls_single_use'],
    summary: 'Each decision is logged with the headers it was made on, the valid signature among them.',
    edits: [
      {
        file: 'exchange.ts',
        correct: "log('decided', { requestId, clientId, verdict, status: answer.status, durationMs });",
        wrong:
          "log('decided', { requestId, clientId, verdict, status: answer.status, durationMs, headers: request.headers });",
      },
    ],
  },
  {
    ...given,
    id: 'refusal-shows-the-signature-that-was-expected',
    broughtOutBy: ['invalid_hmac_rejected'],
    summary: 'A helpful error text hands out the right signature for whatever was sent.',
    edits: [
      {
        file: 'authenticate.ts',
        correct:
          "if (!isSignedWithAny(client.hmacSecrets, canonical, signature)) throw new Refusal('AUTH_INVALID_HMAC');",
        wrong: `if (!isSignedWithAny(client.hmacSecrets, canonical, signature)) {
    const refusal = new Refusal('AUTH_INVALID_HMAC');
    const [secret = ''] = client.hmacSecrets;
    refusal.message += \`, expected \${createHmac('sha256', secret).update(canonical).digest('hex')}\`;
    throw refusal;
  }`,
      },
    ],
  },
  {
    ...given,
    id: 'mismatch-is-logged-with-the-secret-in-base64',
    broughtOutBy: ['invalid_hmac_rejected'],
    summary: 'A trace for a difficult integration shows the key that was tried.',
    edits: [
      {
        file: 'authenticate.ts',
        correct: 'if (given.length === expected.length && timingSafeEqual(given, expected)) matches = true;',
        wrong: `if (given.length === expected.length && timingSafeEqual(given, expected)) matches = true;
    else process.stderr.write(\`No match with key \${Buffer.from(secret).toString('base64')}\\n\`);`,
      },
    ],
  },
];
