import type { Contract } from '../contract.ts';
import { signingClient, type SigningClient } from './client.ts';
import { clauseList } from './clauses.ts';
import { restamped, stampOf } from './stamp.ts';
import { dialectSchema, readAnswer, type Dialect } from './dialect.ts';
import { factsSchema, observe, rightSignatures, type Facts } from './facts.ts';
import { fingerprint, form } from './form.ts';
import { holdingSchema, type Holding } from './holding.ts';
import { peerNotAuthenticated, rightVerdicts, spentBy } from './oracle.ts';
import { refusedAfterAuthentication } from './verdicts.ts';

/** HMAC-signed requests over mTLS with single-use nonces: the flagship contract, as the engine sees it. */
export const signerAuthV1: Contract<Facts, Holding, Dialect, SigningClient> = {
  id: 'signer-auth-v1',
  clauses: clauseList,
  facts: factsSchema,
  holding: holdingSchema,
  dialect: dialectSchema,
  client: signingClient,
  rightSignatures,
  observe,
  stampOf,
  restamped,
  rightVerdicts,
  spends: (facts) => facts.readings.map(spentBy),
  mark: (facts) => facts.readings[0]?.nonce ?? facts.bodyDigest,
  shows: ({ server }) => server,
  retentionMs: (holding) => holding.nonceTtlSeconds * 1000,
  readAnswer,
  readClose: ({ closesOnCertificate, handshake }, peer, { holdings, clock }) =>
    closesOnCertificate && holdings.some((holding) => peerNotAuthenticated(peer, holding, clock) !== 'no')
      ? new Set(handshake)
      : undefined,
  readHandshakeRefusal: ({ handshake }) => new Set(handshake),
  refusesCertificate: (peer, holdings, clock) =>
    new Set(
      holdings.some((holding) => peerNotAuthenticated(peer, holding, clock) !== 'no')
        ? ['AUTH_MTLS_REQUIRED']
        : [],
    ),
  unknowable: new Set(['RATE_LIMITED']),
  unavailable: new Set(['SIGNER_UNAVAILABLE', 'INTERNAL_ERROR']),
  mayHaveSpent: new Set(refusedAfterAuthentication),
  form,
  checked: {
    'never-accepted-twice': 'replay/single-use',
    'nothing-disclosed': 'secrets/never-disclosed',
    'always-answered': 'answers/bounded',
    'refusals-alike': 'answers/tell-nothing',
  },
  drilled: {
    'replicas-agree': 'rotation/replicas-agree',
    'rollback-restores': 'rollback/restores',
    'never-accepted-twice': 'rollback/nonces-stay-spent',
    'changes-survived': 'rotation/every-change',
    'server-certificate-shown': 'rotation/server-certificate',
  },
  overlap: 'rotation/overlap',
  failsClosed: 'replay/fail-closed',
  fingerprint,
};
