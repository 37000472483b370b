import { ACCEPTED, type Contract, type Peer, type Signing } from '../../contract/contract.ts';
import { wallClockMs } from '../../clock.ts';
import type { Adapter } from '../../signer/adapter.ts';
import { holdingOf } from '../../signer/holding.ts';
import { offerOf } from '../../signer/offer.ts';
import type { PlannedClient } from '../clients.ts';
import { identityCalled, type Credentials } from '../credentials.ts';
import type { TopologyPlan } from '../environment.ts';
import { configured } from './fleet.ts';
import type { Standing, StreamPlan } from './procedure.ts';

/** What a stream is judged with before anything runs. */
export interface Foresight<Client extends Signing> {
  readonly contract: Contract<unknown, unknown, unknown, Client>;
  readonly adapter: Adapter;
  readonly credentials: Credentials;
  readonly clients: ReadonlyMap<string, PlannedClient>;
  readonly topology: TopologyPlan;
}

/** Whether a stream must be let in, or must not, where everybody stands like this; asked of the oracle, not of the procedure. */
export function mustBe<Client extends Signing>(
  stream: StreamPlan<Client>,
  { fleet, use }: Standing,
  foresight: Foresight<Client>,
): 'accepted' | 'refused' | 'either' {
  const { contract, adapter, credentials, clients, topology } = foresight;
  const planned = clients.get(stream.client);
  if (!planned) throw new Error(`Stream ${stream.id} has no client "${stream.client}"`);
  const secrets = Object.values(planned.secrets).map((secret) => ({ id: secret.id, value: secret.reveal() }));
  const named = Object.fromEntries(
    Object.keys(planned.secrets).map((name, index) => [name, secrets[index]!]),
  );
  const [offer, now] = [offerOf(adapter), wallClockMs()];
  const client = contract.client({
    id: planned.id,
    secrets: named,
    offer,
    now: () => now,
    nonce: () => NONCE,
  });
  let spent = false;
  const request = stream.makes(client, {
    secret: use.secrets[stream.client] ?? '',
    limits: topology.replicas[0]!.state,
    spentNonce: () => {
      spent = true;
      return NONCE;
    },
    expiredNonce: () => NONCE,
  });
  if (!request) return 'either';
  const [replica] = topology.replicas;
  const of = `${topology.name}/${replica!.name}`;
  const state = configured(replica!.state, fleet, { of, clients, credentials });
  const store = { host: '', port: 0, database: 0, keyPrefix: '' };
  const right = contract.rightVerdicts(
    contract.observe(request, secrets, offer),
    peerOf(stream, use.identity, credentials),
    {
      holdings: [holdingOf({ ...state, store })],
      clock: { from: now, to: now },
      spent: () => (spent ? 'yes' : 'no'),
      storeDown: 'no',
    },
  );
  if (!right.has(ACCEPTED)) return 'refused';
  return right.size === 1 ? 'accepted' : 'either';
}

/** Of the length that any contract asks for; it is never sent. */
const NONCE = '0'.repeat(32);

function peerOf<Client extends Signing>(
  { identity }: StreamPlan<Client>,
  inUse: Standing['use']['identity'],
  credentials: Credentials,
): Peer | null {
  return identityCalled(identity === 'in-use' ? inUse : identity, credentials)?.facts ?? null;
}

/** The clauses that streams must decide where everybody stands like one of these. */
export function clausesDecided<Client extends Signing>(
  streams: readonly StreamPlan<Client>[],
  standings: readonly Standing[],
  foresight: Foresight<Client>,
): Set<string> {
  const decided = new Set<string>();
  for (const stream of streams) {
    for (const standing of standings) {
      const must = mustBe(stream, standing, foresight);
      if (must === 'accepted') decided.add(stream.clauses.refused);
      if (must === 'refused') decided.add(stream.clauses.accepted);
    }
  }
  return decided;
}
