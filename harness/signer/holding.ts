import type { Holding } from '../contract/signer-auth-v1/holding.ts';
import type { DesiredState } from './desired-state.ts';

/** A desired state as the record may hold it: secrets, authorities and identity by id. */
export function holdingOf(state: DesiredState): Holding {
  return {
    clients: state.clients.map(({ id, secrets }): [string, string[]] => [
      id,
      secrets.map((secret) => secret.id),
    ]),
    clientTrust: state.clientTrust.map(({ id }) => id),
    requireMtls: state.requireMtls,
    timestampMaxAgeMs: state.timestampMaxAgeMs,
    nonceTtlSeconds: state.nonceTtlSeconds,
    server: state.server.id,
    storeNamespace: `${state.store.database}:${state.store.keyPrefix}`,
  };
}
