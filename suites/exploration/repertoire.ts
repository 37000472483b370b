import type { ClauseId } from '../../harness/contract/signer-auth-v1/clauses.ts';
import type { SigningClient } from '../../harness/contract/signer-auth-v1/client.ts';
import { headerOf } from '../../harness/contract/signer-auth-v1/request.ts';
import type { Concern, Repertoire } from '../../harness/run/explore/repertoire.ts';
import type { Wrong } from '../../harness/run/explore/action.ts';

/** Well past every maximum age that an adapter may declare. */
const STALE_MS = 700_000;

const clauses = {
  passes: 'secrets/each-allowed',
  outage: 'replay/fail-closed',
  recovery: 'replay/recovers',
  replay: 'replay/single-use',
  reopened: 'replay/reopens',
  'refused-before': 'replay/after-authentication',
  race: 'replay/atomic',
} as const satisfies Record<Concern, ClauseId>;

const wrongs = {
  'another-secret': 'secrets/others-refused',
  'unknown-secret': 'signature/verified',
  stale: 'time/past-refused',
  altered: 'canonical/body-bound',
  'no-certificate': 'mtls/required',
} as const satisfies Record<Wrong, ClauseId>;

/** What random schedules send to a signer of signer-auth-v1. */
export const repertoire: Repertoire<SigningClient> = {
  clauses,
  wrongs,
  signs: (client, secret) => client.signs({ with: secret, label: 'valid' }),
  signsAgain: (client, request, secret) =>
    client.signs({ with: secret, nonce: headerOf(request, 'nonce'), label: 'the same nonce, signed anew' }),
  signsWrong(client, wrong, { allowed, other, unknown }) {
    if (wrong === 'another-secret')
      return { request: client.signs({ with: other, label: 'signed with a secret that is not allowed' }) };
    if (wrong === 'unknown-secret')
      return { request: client.signs({ with: unknown, label: 'signed with a secret nobody knows' }) };
    if (wrong === 'stale')
      return { request: client.signs({ with: allowed, dated: -STALE_MS, label: 'stale' }) };
    const request = client.signs({ with: allowed });
    if (wrong === 'no-certificate')
      return { request: { ...request, label: 'without a certificate' }, identity: 'none' };
    const body = Buffer.concat([request.body, Buffer.from(' ')]);
    return { request: { ...request, body, label: 'altered after signing' } };
  },
};
