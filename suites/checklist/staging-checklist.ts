import { headerOf } from '../../harness/contract/signer-auth-v1/request.ts';
import { MARGIN_MS, oneClient, signerCase } from '../case.ts';

// The seven names are the runbook's own, so that its list can be ticked off from a report.
const tags = ['checklist'];

const validHmacMtlsSingleUse = signerCase({
  id: 'valid_hmac_mtls_single_use',
  clause: 'replay/single-use',
  tags,
  clients: oneClient,
  async run({ client, replicas: [a] }) {
    const request = client('one').signs();
    await a.accepts(request);
    await a.refuses(request, 'REPLAY_NONCE_USED');
  },
});

const replayNonceRejected = signerCase({
  id: 'replay_nonce_rejected',
  clause: 'replay/single-use',
  tags,
  clients: oneClient,
  async run({ client, replicas }) {
    for (const replica of replicas) {
      const nonce = headerOf(client('one').signs(), 'nonce');
      await replica.receives(client('one').signs({ nonce }));
      await replica.refuses(
        client('one').signs({ nonce, label: 'signed anew with a spent nonce' }),
        'REPLAY_NONCE_USED',
      );
    }
  },
});

const timestampSkewRejected = signerCase({
  id: 'timestamp_skew_rejected',
  clause: 'time/past-refused',
  tags,
  clients: oneClient,
  async run({ client, replicas, limits: { timestampMaxAgeMs: age } }) {
    for (const replica of replicas) {
      await replica.refuses(client('one').signs({ dated: -(age + MARGIN_MS) }), 'AUTH_TIMESTAMP_SKEW');
    }
  },
});

const mtlsRequiredRejected = signerCase({
  id: 'mtls_required_rejected',
  clause: 'mtls/required',
  tags,
  clients: oneClient,
  async run({ client, replicas, balancer }) {
    for (const door of [...replicas, balancer]) {
      await door.refuses(client('one').signs(), 'AUTH_MTLS_REQUIRED', { identity: 'none' });
    }
  },
});

const rotatedSecretAccepted = signerCase({
  id: 'rotated_secret_accepted',
  clause: 'secrets/each-allowed',
  tags,
  clients: { one: { allowed: ['current', 'next'] } },
  async run({ client, replicas }) {
    for (const replica of replicas) {
      await replica.accepts(client('one').signs({ with: 'next' }));
      await replica.accepts(client('one').signs({ with: 'current' }));
    }
  },
});

const invalidHmacRejected = signerCase({
  id: 'invalid_hmac_rejected',
  clause: 'signature/verified',
  tags,
  clients: { one: { allowed: ['current'], spare: ['rogue'] } },
  async run({ client, replicas }) {
    for (const replica of replicas) {
      await replica.refuses(client('one').signs({ with: 'rogue' }), 'AUTH_INVALID_HMAC');
    }
  },
});

const unknownClientRejected = signerCase({
  id: 'unknown_client_rejected',
  clause: 'client/registered-only',
  tags,
  clients: { stranger: { spare: ['current'] } },
  async run({ client, replicas }) {
    for (const replica of replicas) await replica.refuses(client('stranger').signs(), 'AUTH_INVALID_CLIENT');
  },
});

export const stagingChecklist = [
  validHmacMtlsSingleUse,
  replayNonceRejected,
  timestampSkewRejected,
  mtlsRequiredRejected,
  rotatedSecretAccepted,
  invalidHmacRejected,
  unknownClientRejected,
];
