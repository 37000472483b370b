import type { Contract } from '../contract.ts';
import { clauseList } from './clauses.ts';
import { dialectSchema, readAnswer, type Dialect } from './dialect.ts';
import { factsSchema, observe, type Facts } from './facts.ts';
import { fingerprint, form } from './form.ts';
import { holdingSchema, type Holding } from './holding.ts';
import { rightVerdicts, spentBy } from './oracle.ts';

/** HMAC-signed requests over mTLS with single-use nonces: the flagship contract, as the engine sees it. */
export const signerAuthV1: Contract<Facts, Holding, Dialect> = {
  id: 'signer-auth-v1',
  clauses: clauseList,
  facts: factsSchema,
  holding: holdingSchema,
  dialect: dialectSchema,
  observe,
  rightVerdicts,
  spends: (facts) => facts.readings.map(spentBy),
  retentionMs: (holding) => holding.nonceTtlSeconds * 1000,
  readAnswer,
  readHandshakeRefusal: ({ handshake }) => new Set(handshake),
  unknowable: new Set(['RATE_LIMITED']),
  unavailable: new Set(['SIGNER_UNAVAILABLE', 'INTERNAL_ERROR']),
  form,
  fingerprint,
};
