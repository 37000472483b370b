import type { TrustAnchor } from '../signer/desired-state.ts';
import { issue, makeCaSets, selfSigned, type IssuedIdentity } from '../traffic/identities.ts';
import type { IdentityName } from './scenario.ts';

/** Every certificate of a run: made anew each time, valid for nobody else. */
export interface Credentials {
  /** What a replica trusts clients by, and the harness replicas. */
  readonly trust: readonly TrustAnchor[];
  /** Client certificates by what is right or wrong with them. */
  readonly clients: Readonly<Record<Exclude<IdentityName, 'none'>, IssuedIdentity>>;
  /** A server certificate for each replica, so that it is known who answered behind a balancer. */
  readonly servers: readonly IssuedIdentity[];
}

export async function makeCredentials(replicas: readonly string[]): Promise<Credentials> {
  const { old, next, rogue } = await makeCaSets();
  const client = { purpose: 'client', validity: 'valid' } as const;
  const [servers, valid, expired, notYetValid, wrongPurpose, self, byRogue, byNext] = await Promise.all([
    Promise.all(replicas.map((id) => issue(old, { id, purpose: 'server', validity: 'valid' }))),
    issue(old, { id: 'client-valid', ...client }),
    issue(old, { id: 'client-expired', ...client, validity: 'expired' }),
    issue(old, { id: 'client-not-yet-valid', ...client, validity: 'not-yet-valid' }),
    issue(old, { id: 'client-wrong-purpose', ...client, purpose: 'server' }),
    selfSigned('client-self-signed'),
    issue(rogue, { id: 'client-rogue', ...client }),
    issue(next, { id: 'client-next', ...client }),
  ]);
  return {
    trust: [old.anchor],
    servers,
    clients: {
      valid,
      expired,
      'not-yet-valid': notYetValid,
      'wrong-purpose': wrongPurpose,
      'self-signed': self,
      rogue: byRogue,
      next: byNext,
    },
  };
}
