import type { ClauseId } from '../../../harness/contract/signer-auth-v1/clauses.ts';
import type { Defect, Edit } from './defect.ts';

/** A peer counts as authenticated for this reason as well. */
const alsoAuthenticated = (reason: string): Edit => ({
  file: 'server.ts',
  correct: 'peerIsAuthenticated: () => this.#config.tls.clientTrust.authenticates(peer),',
  wrong: `peerIsAuthenticated: () => this.#config.tls.clientTrust.authenticates(peer) || ${reason},`,
});

/** What the bundle says of a certificate, put otherwise. */
const trusting = (correct: string, wrong: string): Edit => ({ file: 'client-trust.ts', correct, wrong });

const trusted: ClauseId = 'mtls/trusted-only';

/** Who has shown a certificate, and which one counts. */
export const mtls: readonly Defect[] = [
  {
    id: 'encrypted-is-taken-for-authenticated',
    clause: 'mtls/required',
    case: 'mtls_required_rejected',
    summary: 'Any TLS connection will do: a certificate is asked for and none is missed.',
    edits: [alsoAuthenticated('peer.encrypted')],
  },
  {
    id: 'mtls-switch-is-compared-with-a-text',
    clause: 'mtls/required',
    case: 'mtls_required_rejected',
    summary: 'The setting is true and the code looks for the word "true".',
    edits: [
      {
        file: 'config.ts',
        correct: "requireMtls: yesOrNo(root.requireMtls, 'requireMtls'),",
        wrong: "requireMtls: root.requireMtls === 'true',",
      },
    ],
  },
  {
    id: 'expired-certificates-are-tolerated',
    clause: trusted,
    case: 'expired-certificate-refused',
    summary: 'The end of a certificate is a matter for a warning.',
    edits: [trusting(' && now <= validToDate.getTime()', '')],
  },
  {
    id: 'certificates-of-tomorrow-are-tolerated',
    clause: trusted,
    case: 'certificate-not-yet-valid-refused',
    summary: 'The beginning of a certificate is not looked at, for fear of clocks that run slow.',
    edits: [trusting('validFromDate.getTime() <= now && ', '')],
  },
  {
    id: 'purpose-of-a-certificate-is-not-checked',
    clause: trusted,
    case: 'server-certificate-as-client-refused',
    summary: 'A server of the same authority may speak as a client.',
    edits: [trusting('    if (!isForClients(certificate)) return null;\n', '')],
  },
  {
    id: 'self-signed-certificates-are-tolerated',
    clause: trusted,
    case: 'self-signed-certificate-refused',
    summary: 'An exception for a developer’s machine went to production.',
    edits: [
      trusting(
        'return { certificate, issuers };',
        `const isOwn = certificate.subject === certificate.issuer;
    return { certificate, issuers: isOwn ? [certificate] : issuers };`,
      ),
    ],
  },
  {
    id: 'any-certificate-counts',
    clause: trusted,
    case: 'certificate-of-rogue-authority-refused',
    summary: 'What counts is that a certificate was shown, whoever signed it.',
    edits: [trusting('return { certificate, issuers };', 'return { certificate, issuers: [certificate] };')],
  },
  {
    id: 'unknown-issuer-is-only-a-warning',
    clause: trusted,
    case: 'certificate-of-coming-authority-not-yet-trusted',
    summary:
      'A chain that ends outside the bundle is tolerated, to make the next authority easy to bring in.',
    edits: [
      trusting(
        'return { certificate, issuers };',
        `const isKnown = this.#authorities.some(({ subject }) => subject === certificate.issuer);
    return { certificate, issuers: isKnown ? issuers : [certificate] };`,
      ),
    ],
  },
  {
    id: 'forwarded-certificate-header-is-believed',
    clause: 'mtls/not-by-header',
    case: 'identity-headers-are-no-certificate',
    summary: 'The header by which a proxy passes a certificate on is believed from anybody.',
    edits: [alsoAuthenticated("request.headers['x-forwarded-client-cert'] !== undefined")],
  },
  {
    id: 'underscores-in-a-header-name-are-hyphens',
    clause: 'mtls/not-by-header',
    case: 'identity-headers-are-no-certificate',
    summary:
      'A proxy in front strips the header with hyphens, and the one with underscores means the same here.',
    edits: [
      alsoAuthenticated(
        "Object.entries(request.headers).some(([name, value]) => name.includes('_') && name.replaceAll('_', '-') === 'x-ssl-client-verify' && value === 'SUCCESS')",
      ),
    ],
  },
];
