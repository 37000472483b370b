import type { DesiredState, TrustAnchor } from '../signer/desired-state.ts';
import { makeAuthority, type Authority } from '../traffic/authorities.ts';
import { issue, makeCaSets, selfSigned, type CaSets, type IssuedIdentity } from '../traffic/identities.ts';
import type { AuthorityName, ServerName } from './drill/procedure.ts';
import type { IdentityName } from './scenario.ts';

/** Every certificate of a run: made anew each time, valid for nobody else. */
export interface Credentials {
  /** The authorities by which replicas may believe clients, and the harness replicas. */
  readonly anchors: ReadonlyMap<AuthorityName, TrustAnchor>;
  /** What a replica trusts clients by at first. */
  readonly trust: readonly TrustAnchor[];
  /** Every authority by which a replica may show itself over the whole of a run. */
  readonly serverTrust: readonly TrustAnchor[];
  /** Client certificates by what is right or wrong with them. */
  readonly clients: ReadonlyMap<IdentityName, IssuedIdentity>;
  /** Server certificates of each replica's own, so that it is known who answered behind a balancer. */
  readonly servers: readonly ServerIdentity[];
}

export interface ServerIdentity {
  /** The topology and the replica, joined by a slash. */
  readonly of: string;
  readonly name: ServerName;
  readonly identity: IssuedIdentity;
}

/** What it takes to judge replicas at rest. */
export async function makeCredentials(replicas: readonly string[]): Promise<Credentials> {
  const sets = await makeCaSets();
  const [servers, clients] = await Promise.all([serversBy(sets.old, 'old', replicas), clientsAtRest(sets)]);
  return credentialsOf({ old: sets.old }, clients, servers);
}

/** The same, and what comes after it in the rotations of a drill. */
export async function makeDrillCredentials(replicas: readonly string[]): Promise<Credentials> {
  const [sets, third, namesake] = await Promise.all([
    makeCaSets(),
    makeAuthority('third'),
    makeAuthority('namesake', { subject: 'keydrill old' }),
  ]);
  const { old, next } = sets;
  const [servers, atRest, ...others] = await Promise.all([
    Promise.all([
      serversBy(old, 'old', replicas),
      serversBy(old, 'renewed', replicas),
      serversBy(old, 'renewed-again', replicas),
      serversBy(next, 'next', replicas),
      serversBy(third, 'third', replicas),
      serversBy(namesake, 'namesake', replicas),
    ]),
    clientsAtRest(sets),
    clientBy(third, 'third'),
    clientBy(namesake, 'namesake'),
    clientBy(old, 'renewed'),
    clientBy(old, 'renewed-again'),
  ]);
  return credentialsOf({ ...sets, third, namesake }, [...atRest, ...others], servers.flat());
}

function credentialsOf(
  authorities: Partial<Record<AuthorityName, Authority>>,
  clients: readonly NamedClient[],
  servers: readonly ServerIdentity[],
): Credentials {
  const anchors = new Map(
    Object.entries(authorities).map(([name, { anchor }]) => [name as AuthorityName, anchor]),
  );
  const vouching = new Set(servers.map(({ identity }) => identity.facts.issuer));
  const serverTrust = [...anchors.values()].filter(({ id }) => vouching.has(id));
  return { anchors, trust: [anchors.get('old')!], serverTrust, clients: new Map(clients), servers };
}

type NamedClient = readonly [IdentityName, IssuedIdentity];

async function clientsAtRest({ old, next, rogue }: CaSets): Promise<NamedClient[]> {
  const client = { purpose: 'client', validity: 'valid' } as const;
  return Promise.all([
    clientBy(old, 'valid'),
    issue(old, { id: 'client-expired', ...client, validity: 'expired' }).then(as('expired')),
    issue(old, { id: 'client-not-yet-valid', ...client, validity: 'not-yet-valid' }).then(
      as('not-yet-valid'),
    ),
    issue(old, { id: 'client-wrong-purpose', ...client, purpose: 'server' }).then(as('wrong-purpose')),
    selfSigned('client-self-signed').then(as('self-signed')),
    clientBy(rogue, 'rogue'),
    clientBy(next, 'next'),
  ]);
}

const clientBy = (authority: Authority, name: IdentityName): Promise<NamedClient> =>
  issue(authority, { id: `client-${name}`, purpose: 'client', validity: 'valid' }).then(as(name));

const as =
  (name: IdentityName) =>
  (identity: IssuedIdentity): NamedClient => [name, identity];

const serversBy = (
  authority: Authority,
  name: ServerName,
  replicas: readonly string[],
): Promise<ServerIdentity[]> =>
  Promise.all(
    replicas.map(async (of) => {
      // The first one bears the replica's name alone, as it is at rest.
      const id = name === 'old' ? of : `${of}/${name}`;
      return { of, name, identity: await issue(authority, { id, purpose: 'server', validity: 'valid' }) };
    }),
  );

/** The client certificate of this name; none for a client that shows none. */
export function identityCalled(name: IdentityName, { clients }: Credentials): IssuedIdentity | undefined {
  if (name === 'none') return undefined;
  const identity = clients.get(name);
  if (!identity) throw new Error(`No client certificate "${name}" was made for this run`);
  return identity;
}

/** The certificate that a replica of a topology shows under this name. */
export function serverCalled(name: ServerName, of: string, { servers }: Credentials): IssuedIdentity {
  const found = servers.find((server) => server.of === of && server.name === name);
  if (!found) throw new Error(`No server certificate "${name}" was made for ${of}`);
  return found.identity;
}

/** Good certificates to ask a replica with whether it is ready: whichever bundle it is in, one of them is trusted. */
export const operatorsFor = (
  { clientTrust }: Pick<DesiredState, 'clientTrust'>,
  { anchors, clients }: Credentials,
): readonly IssuedIdentity[] =>
  clientTrust.flatMap(({ id }) => {
    const [name] = [...anchors].find(([, anchor]) => anchor.id === id) ?? [];
    return (name && clients.get(operatorOf(name))) ?? [];
  });

/** The good client certificate that an authority has signed. */
export const operatorOf = (name: AuthorityName): IdentityName => (name === 'old' ? 'valid' : name);

/** Whose certificate this is, by its fingerprint. */
export const serverShowing = (
  fingerprint: string | undefined,
  { servers }: Credentials,
): ServerIdentity | undefined => servers.find(({ identity }) => identity.fingerprint256 === fingerprint);
