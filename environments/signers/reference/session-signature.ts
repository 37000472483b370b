import { createHash } from 'node:crypto';

import type { SignRequest } from './sign-request.ts';

/**
 * The body of a 200. Nothing here signs on a curve: every number is derived from the request by SHA-256, so that the
 * answer has the right shape, is the same on every replica, and needs no session key on the machine.
 */
export function signSession(request: SignRequest): unknown {
  const domainHash = felt('domain', request.chainId);
  const messageHash = felt('message', JSON.stringify(request));
  const sessionPublicKey = felt('session-public-key', request.accountAddress, request.keyId);
  const r = felt('r', sessionPublicKey, domainHash, messageHash);
  const s = felt('s', sessionPublicKey, domainHash, messageHash);

  return {
    signature: [sessionPublicKey, r, s, `0x${request.validUntil.toString(16)}`],
    signatureMode: 'v2_snip12',
    signatureKind: 'Snip12',
    signerProvider: 'local',
    sessionPublicKey,
    domainHash,
    messageHash,
    requestId: request.context.requestId,
    audit: {
      policyDecision: 'allow',
      decidedAt: new Date().toISOString(),
      keyId: request.keyId,
      traceId: request.context.traceId,
    },
  };
}

/** Thirty-one bytes of a digest, which is always below the field's prime. */
function felt(...parts: readonly string[]): string {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  return `0x${digest.slice(0, 62)}`;
}
