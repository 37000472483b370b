import type { PreconditionId } from '../../harness/run/preconditions.ts';

/**
 * What answers to a line of the runbook besides the steps of procedures, which say themselves what they answer to.
 */
export interface RunbookLine {
  readonly sentence: string;
  readonly preconditions?: readonly PreconditionId[];
  /** Ids of the gate's cases. */
  readonly cases?: readonly string[];
  readonly faults?: readonly string[];
  /** Tags of procedures: the way back from every point of them answers to it. */
  readonly takenBack?: readonly string[];
}

/** The runbook, line by line, in our own words. */
export const runbook = {
  'preconditions/1': {
    sentence: 'The oracle gives every public vector the verdict that its author wrote down.',
    preconditions: ['oracle-agrees-with-vectors'],
  },
  'preconditions/2': {
    sentence: 'Behind the balancer of staging stand two replicas or more.',
    preconditions: ['replicas-differ'],
  },
  'preconditions/3': {
    sentence: 'All replicas keep their spent nonces in one namespace of one store.',
    preconditions: ['replay-store-is-shared'],
  },

  'hmac/1': { sentence: 'The signer is told of the new secret and goes on to allow the one in use.' },
  'hmac/2': { sentence: 'One replica after the other takes the change, so that some replica always serves.' },
  'hmac/3': { sentence: 'Clients begin to sign with the new secret.' },
  'hmac/4': { sentence: 'In staging the overlap is tried out before anything is taken away.' },
  'hmac/4/next': { sentence: 'A right request under the new secret is let in.' },
  'hmac/4/replay': { sentence: 'A spent nonce is refused as spent, as it was before the change.' },
  'hmac/4/current': { sentence: 'A signature of the old secret still counts while both are allowed.' },
  'hmac/5': { sentence: 'The signer is told to forget the old secret.' },
  'hmac/6': { sentence: 'A signature of the old secret is refused as wrong.' },

  'mtls/1': { sentence: 'Signer and clients are both told of the new authority.' },
  'mtls/2': { sentence: 'For the time of the change either authority vouches for a certificate.' },
  'mtls/3': { sentence: 'Clients begin to show certificates of the new authority.' },
  'mtls/4': { sentence: 'The signer begins to show a certificate of the new authority.' },
  'mtls/5': { sentence: 'Once every client is served this way, the old authority is trusted no more.' },
  'mtls/6': {
    sentence: 'Whoever shows no certificate is turned away in production.',
    cases: ['mtls_required_rejected'],
  },

  'replay/1': {
    sentence: 'A nonce that a client sends twice is let in once, and the second time refused as spent.',
    cases: ['valid_hmac_mtls_single_use'],
  },
  'replay/2': {
    sentence: 'When its time to live is over, a nonce is let in once more and only once.',
    cases: ['nonce-accepted-once-more-after-its-time-to-live'],
  },
  'replay/3': {
    sentence: 'What was spent at one replica is spent at the others.',
    cases: [
      'nonce-spent-on-one-replica-is-spent-on-all',
      'nonce-spent-through-the-balancer-is-spent-everywhere',
    ],
  },

  'checklist/valid_hmac_mtls_single_use': {
    sentence: 'A request that is right in everything is let in, once.',
    cases: ['valid_hmac_mtls_single_use'],
  },
  'checklist/replay_nonce_rejected': {
    sentence: 'A spent nonce is refused.',
    cases: ['replay_nonce_rejected'],
  },
  'checklist/timestamp_skew_rejected': {
    sentence: 'A request dated too far from now is refused.',
    cases: ['timestamp_skew_rejected'],
  },
  'checklist/mtls_required_rejected': {
    sentence: 'A request without a client certificate is refused.',
    cases: ['mtls_required_rejected'],
  },
  'checklist/rotated_secret_accepted': {
    sentence: 'In an overlap the secret to come is accepted.',
    cases: ['rotated_secret_accepted'],
  },
  'checklist/invalid_hmac_rejected': {
    sentence: 'A signature of a secret that the signer does not hold is refused.',
    cases: ['invalid_hmac_rejected'],
  },
  'checklist/unknown_client_rejected': {
    sentence: 'A client that the signer does not know is refused.',
    cases: ['unknown_client_rejected'],
  },

  'rollback/1': {
    sentence: 'The secrets from before the change hold again.',
    takenBack: ['secrets'],
  },
  'rollback/2': {
    sentence: 'The certificates and trust bundles from before the change hold again.',
    takenBack: ['certificates'],
  },
  'rollback/3': {
    sentence: 'Nonces are kept where they were kept before, so that on the way back none is let in again.',
    preconditions: ['replay-store-is-shared'],
    takenBack: ['rotation'],
  },

  'incident/1': {
    sentence: 'A replay store that is out counts as a breach of authentication, not as a slow day.',
    cases: ['replay-store-outage-fails-closed'],
    faults: ['store-unreachable'],
  },
  'incident/2': {
    sentence: 'In production nobody turns the replay check off; without its store the signer lets nobody in.',
    cases: ['replay-store-outage-fails-closed', 'replay-store-outage-ends-without-a-restart'],
    faults: ['store-unreachable'],
  },
} as const satisfies Record<string, RunbookLine>;

export type RunbookId = keyof typeof runbook;
