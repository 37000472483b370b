import { wallClockMs } from '../clock.ts';
import { ACCEPTED, type KnownSecret, type Signing } from '../contract/contract.ts';
import { unguessable } from '../seed.ts';
import { offerOf } from '../signer/offer.ts';
import { doorTo } from './door.ts';
import type { Topology } from './environment.ts';
import { passageOf, type Ground } from './ground.ts';
import type { Plan } from './plan.ts';
import { SCOUT } from './clients.ts';
import { BALANCER } from './preconditions.ts';

/** One good request at every door: it shows that there is somebody to judge, and who is behind which door. */
export async function scout<Client extends Signing>(
  topology: Topology,
  ground: Ground<Client>,
): Promise<void> {
  const { client, secret } = scoutOf(topology, ground.plan);
  const passage = passageOf(
    topology,
    { case: SCOUT, attempt: 1, topology: topology.name, secrets: [secret] },
    ground,
  );
  const doors = [
    ...topology.replicas.map((replica) => doorTo(replica.name, replica, passage)),
    // Round robin: as many connections as there are replicas meet each of them.
    ...topology.replicas.map(() => doorTo(BALANCER, topology.balancer, passage)),
  ];
  for (const door of doors) await door.receives(client.signs());
}

/**
 * A refusal counts only beside a good request that the same replica lets through. Where an attempt sent none itself,
 * the scout does, in its name.
 */
export async function control<Client extends Signing>(
  attempt: { case: string; attempt: number },
  topology: Topology,
  ground: Ground<Client>,
): Promise<void> {
  const exchanges = ground.view
    .ofCase(attempt.case)
    .filter(({ request }) => request.attempt === attempt.attempt);
  const replicas = (some: typeof exchanges) =>
    new Set(some.map(({ connection }) => connection.servedBy ?? connection.target));
  const met = replicas(exchanges);
  const accepting = replicas(exchanges.filter(({ observed }) => observed?.has(ACCEPTED)));
  const { client, secret } = scoutOf(topology, ground.plan);
  const passage = passageOf(topology, { ...attempt, topology: topology.name, secrets: [secret] }, ground);
  for (const replica of topology.replicas) {
    if (!met.has(replica.name) || accepting.has(replica.name)) continue;
    await doorTo(replica.name, replica, passage).receives({ ...client.signs(), label: 'control' });
  }
}

/** The client that every replica knows, for the harness's own good requests. */
export function scoutOf<Client extends Signing>(
  topology: Topology,
  plan: Pick<Plan<Client>, 'contract' | 'adapter'>,
): { client: Client; secret: KnownSecret } {
  const entry = topology.replicas[0]?.state.clients.find(({ id }) => id === SCOUT)?.secrets[0];
  if (!entry) throw new Error(`Topology ${topology.name} does not know the scout`);
  const secret = { id: entry.id, value: entry.reveal() };
  const client = plan.contract.client({
    id: SCOUT,
    secrets: { current: secret },
    offer: offerOf(plan.adapter),
    now: wallClockMs,
    nonce: () => unguessable(16),
  });
  return { client, secret };
}
