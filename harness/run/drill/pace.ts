import { pause, wallClockMs } from '../../clock.ts';
import type { Contract, Signing } from '../../contract/contract.ts';
import { unguessable } from '../../seed.ts';
import type { Adapter } from '../../signer/adapter.ts';
import { offerOf } from '../../signer/offer.ts';
import type { PlannedClient } from '../clients.ts';
import { operatorOf, serverCalled } from '../credentials.ts';
import { doorTo, open, type Passage } from '../door.ts';
import type { Replica } from '../environment.ts';
import type { IdentityName } from '../scenario.ts';
import { secretCalled } from './fleet.ts';
import type { AuthorityName, Fleet } from './procedure.ts';

const EVERY_MS = 10;

/** What a replica is asked to see whether a change has reached it. */
export interface Asked<Client extends Signing> {
  readonly contract: Contract<unknown, unknown, unknown, Client>;
  readonly adapter: Adapter;
  readonly clients: ReadonlyMap<string, PlannedClient>;
  readonly passage: Passage;
}

/**
 * Asks a replica until it acts as the later fleet asks, at most until the deadline. It sets the pace of a roll and
 * decides nothing: what it is answered is judged like any other answer.
 */
export async function untilItActs<Client extends Signing>(
  replica: Replica,
  [before, after]: readonly [Fleet, Fleet],
  deadline: number,
  asked: Asked<Client>,
): Promise<void> {
  const { history } = asked.passage.recorder;
  for (const shows of signs(replica, before, after, asked)) {
    while (!(await shows()) && history.at() < deadline) await pause(EVERY_MS, asked.passage.signal);
  }
}

type Sign = () => Promise<boolean>;

/** Everything by which the two fleets can be told apart from outside. */
function signs<Client extends Signing>(
  replica: Replica,
  before: Fleet,
  after: Fleet,
  asked: Asked<Client>,
): Sign[] {
  const lets = (client: string, secret: string, identity: IdentityName, wanted: boolean): Sign => {
    const planned = asked.clients.get(client)!;
    const signer = clientWith(planned, secret, asked);
    return async () => {
      const request = { ...signer.signs(), label: `${secret}, to see whether it is in force` };
      return (
        (await doorTo(replica.name, replica, asked.passage).receives(request, { identity })).accepted ===
        wanted
      );
    };
  };
  const trusted = after.trust.find((name) => before.trust.includes(name)) ?? after.trust[0]!;
  const secrets = Object.entries(after.secrets).flatMap(([client, allowed]) => {
    const had = before.secrets[client] ?? [];
    return [
      ...allowed
        .filter((name) => !had.includes(name))
        .map((name) => lets(client, name, operatorOf(trusted), true)),
      ...had
        .filter((name) => !allowed.includes(name))
        .map((name) => lets(client, name, operatorOf(trusted), false)),
    ];
  });
  const [client = '', [secret = ''] = []] = Object.entries(after.secrets)[0] ?? [];
  const vouches = (name: AuthorityName, wanted: boolean): Sign =>
    lets(client, secret, operatorOf(name), wanted);
  const trust = [
    ...after.trust.filter((name) => !before.trust.includes(name)).map((name) => vouches(name, true)),
    ...before.trust.filter((name) => !after.trust.includes(name)).map((name) => vouches(name, false)),
  ];
  return [
    ...secrets,
    ...trust,
    ...(before.server === after.server ? [] : [showing(replica, after, operatorOf(trusted), asked)]),
  ];
}

function showing<Client extends Signing>(
  replica: Replica,
  { server }: Fleet,
  identity: IdentityName,
  { passage }: Asked<Client>,
): Sign {
  const { topology, credentials } = passage;
  const wanted = serverCalled(server, `${topology.name}/${replica.name}`, credentials);
  return async () => {
    const { connection } = await open(replica.name, replica, passage, { identity });
    if (connection.kind === 'unopened') return false;
    await connection.close();
    return connection.serverFingerprint === wanted.fingerprint256;
  };
}

function clientWith<Client extends Signing>(
  planned: PlannedClient,
  secretName: string,
  { contract, adapter }: Asked<Client>,
): Client {
  const secret = secretCalled(secretName, planned);
  return contract.client({
    id: planned.id,
    secrets: { [secretName]: { id: secret.id, value: secret.reveal() } },
    offer: offerOf(adapter),
    now: wallClockMs,
    nonce: () => unguessable(16),
  });
}
