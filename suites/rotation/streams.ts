import type { ClauseId } from '../../harness/contract/signer-auth-v1/clauses.ts';
import type { IdentityName } from '../../harness/run/scenario.ts';
import { MARGIN_MS } from '../case.ts';
import type { Traffic } from './procedure.ts';

// Together they are to be what two cores carry beside two replicas and a store. A handshake costs a signer most, so
// kept connections carry the bulk.

type Change = Partial<Traffic>;

/** What clients that keep the rules send, with the secret and the certificate they use at the time. */
export const honest = (change: Change = {}): Traffic => ({
  credential: 'honest clients',
  client: 'one',
  identity: 'in-use',
  to: ['replicas', 'balancer'],
  perSecond: { kept: 7, fresh: 1, resumed: 1 },
  honest: true,
  clauses: { accepted: 'secrets/others-refused', refused: 'rotation/no-downtime' },
  makes: (client, { secret }) => client.signs({ with: secret }),
  ...change,
});

const probing = (change: Change): Traffic => ({ ...honest(), honest: false, ...change });

/** Signed with this secret throughout, whatever honest clients use. */
export const signedWith = (secret: string, clauses: Traffic['clauses'], change: Change = {}): Traffic =>
  probing({
    credential: `${secret} secret`,
    perSecond: { kept: 2, fresh: 1, resumed: 1 },
    clauses,
    makes: (client) => client.signs({ with: secret }),
    ...change,
  });

/** Shows this certificate throughout, whatever honest clients show. */
export const showing = (identity: IdentityName, clauses: Traffic['clauses'], change: Change = {}): Traffic =>
  probing({
    credential: `${identity === 'valid' ? 'old' : identity} certificate`,
    identity,
    perSecond: { kept: 2, fresh: 1, resumed: 1 },
    clauses,
    ...change,
  });

/** A secret that was never allowed. */
export const rogueSecret = (change: Change = {}): Traffic =>
  signedWith('rogue', never('secrets/others-refused'), { perSecond: { kept: 2 }, ...change });

/** A certificate of an authority that was never trusted and that bears the name of the one in use. */
export const rogueCertificate = (): Traffic =>
  showing('rogue', never('mtls/trusted-only'), { perSecond: { kept: 1, fresh: 1 } });

export const noCertificate = (change: Change = {}): Traffic =>
  probing({
    credential: 'no certificate',
    identity: 'none',
    perSecond: { fresh: 1 },
    clauses: never('mtls/required'),
    ...change,
  });

/** Somebody else's nonce, signed anew: nothing is wrong with it but that it is spent. */
export const replayed = (accepted: ClauseId = 'rollback/nonces-stay-spent', change: Change = {}): Traffic =>
  probing({
    credential: 'spent nonces',
    perSecond: { kept: 3 },
    clauses: { accepted, refused: 'replay/single-use' },
    makes: (client, { secret, spentNonce }) => {
      const nonce = spentNonce();
      return nonce === undefined ? undefined : client.signs({ with: secret, nonce });
    },
    ...change,
  });

/** A nonce whose time to live is over. */
export const reopened = (): Traffic =>
  probing({
    credential: 'nonces whose time is over',
    perSecond: { kept: 4 },
    clauses: { accepted: 'replay/single-use', refused: 'replay/reopens' },
    makes: (client, { secret, expiredNonce }) => {
      const nonce = expiredNonce();
      return nonce === undefined ? undefined : client.signs({ with: secret, nonce });
    },
  });

/** Just past the maximum age, so that limits which a change puts back to a default are seen too. */
export const stale = (): Traffic =>
  probing({
    credential: 'stale timestamps',
    perSecond: { kept: 1 },
    clauses: never('time/past-refused'),
    makes: (client, { secret, limits }) =>
      client.signs({ with: secret, dated: -(limits.timestampMaxAgeMs + MARGIN_MS) }),
  });

/** Nothing of this kind is ever right: whatever is wrong with an answer is wrong by one clause. */
const never = (clause: ClauseId): Traffic['clauses'] => ({ accepted: clause, refused: clause });
