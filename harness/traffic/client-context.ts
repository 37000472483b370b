import tls, { type SecureContext } from 'node:tls';
import type { Identity, TrustAnchor } from '../signer/desired-state.ts';

type Trust = readonly TrustAnchor[];

const nobody = {};
const known = new WeakMap<Trust, WeakMap<object, SecureContext>>();

/**
 * What a connection needs of an identity and a trust bundle, read once for all connections that use the same two.
 * It holds no sessions, so nothing is resumed by it. A trust bundle is never changed in place.
 */
export function clientContext(identity: Identity | undefined, trust: Trust): SecureContext {
  const contexts = known.get(trust) ?? new WeakMap<object, SecureContext>();
  known.set(trust, contexts);
  const existing = contexts.get(identity ?? nobody);
  if (existing) return existing;
  const context = tls.createSecureContext({
    ca: trust.map((anchor) => anchor.certificate),
    ...(identity && { cert: identity.chain, key: identity.key.reveal() }),
  });
  contexts.set(identity ?? nobody, context);
  return context;
}
