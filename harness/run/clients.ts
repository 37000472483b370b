import type { KnownSecret } from '../contract/contract.ts';
import { unguessable } from '../seed.ts';
import type { ClientEntry } from '../signer/desired-state.ts';
import { Secret } from '../signer/secret.ts';
import type { Canaries } from './canaries.ts';
import type { ClientNeed } from './scenario.ts';

/** A client with secrets made for this run. */
export interface PlannedClient {
  readonly id: string;
  /** In the signer's list, in order; undefined where the client is not registered. */
  readonly allowed: readonly Secret[] | undefined;
  readonly secrets: Readonly<Record<string, Secret>>;
}

/** The clients that a scenario or procedure needs, by the names it gives them. */
export const clientsOf = (
  { id, clients }: { readonly id: string; readonly clients: Readonly<Record<string, ClientNeed>> },
  canaries: Canaries,
): Map<string, PlannedClient> =>
  new Map(Object.entries(clients).map(([name, need]) => [name, plannedClient(id, name, need, canaries)]));

function plannedClient(owner: string, name: string, need: ClientNeed, canaries: Canaries): PlannedClient {
  const { allowed, spare = [], id = `${owner}.${name}`, secretPrefix = '' } = need;
  const make = (secret: string): [string, Secret] => [
    secret,
    newSecret(`${owner}/${name}/${secret}`, canaries, secretPrefix),
  ];
  const secrets = Object.fromEntries([...(allowed ?? []), ...spare].map(make));
  return { id, secrets, allowed: allowed?.map((secret) => secrets[secret]!) };
}

/** Every secret of these clients, as whoever works out the facts of a request needs them. */
export const knownSecrets = (clients: Iterable<PlannedClient>): KnownSecret[] =>
  [...clients]
    .flatMap(({ secrets }) => Object.values(secrets))
    .map((secret) => ({ id: secret.id, value: secret.reveal() }));

/** A client of the harness itself, with which it finds out whether there is anything to judge. */
export const SCOUT = 'keydrill-scout';

export const scoutFor = (topology: string, canaries: Canaries): ClientEntry => ({
  id: SCOUT,
  secrets: [newSecret(`${topology}/${SCOUT}`, canaries)],
});

/** Those that the signer is to know, with the secrets it is to allow at first. */
export const entriesOf = (clients: Iterable<PlannedClient>): ClientEntry[] =>
  [...clients].flatMap(({ id, allowed }) => (allowed ? [{ id, secrets: allowed }] : []));

function newSecret(id: string, canaries: Canaries, prefix = ''): Secret {
  const secret = new Secret(id, `${prefix}${unguessable(32)}`);
  canaries.watch(secret);
  return secret;
}
