import type { DesiredState } from '../../signer/desired-state.ts';
import type { PlannedClient } from '../clients.ts';
import { serverCalled, type Credentials } from '../credentials.ts';
import type { Fleet } from './procedure.ts';

type State = Omit<DesiredState, 'store'>;

/** A replica's state, but with all that a procedure speaks of as this fleet has it. */
export function configured(
  before: State,
  fleet: Fleet,
  parts: {
    /** Topology and replica, joined by a slash. */
    readonly of: string;
    readonly clients: ReadonlyMap<string, PlannedClient>;
    readonly credentials: Credentials;
  },
): State {
  const { of, clients, credentials } = parts;
  const allowed = new Map(
    Object.entries(fleet.secrets).map(([name, secrets]) => {
      const client = clients.get(name);
      if (!client) throw new Error(`No client "${name}" was made for this procedure`);
      return [client.id, secrets.map((secret) => secretCalled(secret, client))];
    }),
  );
  return {
    ...before,
    clients: before.clients.map((entry) => ({ ...entry, secrets: allowed.get(entry.id) ?? entry.secrets })),
    server: serverCalled(fleet.server, of, credentials),
    clientTrust: fleet.trust.map((name) => anchorCalled(name, credentials)),
  };
}

export function secretCalled(name: string, { id, secrets }: PlannedClient) {
  const secret = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
  if (!secret) throw new Error(`Client ${id} has no secret called "${name}"`);
  return secret;
}

export function anchorCalled(name: Fleet['trust'][number], { anchors }: Credentials) {
  const anchor = anchors.get(name);
  if (!anchor) throw new Error(`No authority "${name}" was made for this run`);
  return anchor;
}
