import type { Signing } from '../contract/contract.ts';
import type { History } from '../judge/history.ts';
import { holdingOf } from '../signer/holding.ts';
import { offerOf } from '../signer/offer.ts';
import type { Topology } from './environment.ts';
import type { Ground, OpenTopology, Rehearsal } from './ground.ts';
import type { Plan } from './plan.ts';
import { replicasDiffer, storeIsShared } from './preconditions.ts';
import { Recorder } from './recorder.ts';
import { scout } from './scout.ts';
import { StallWatch } from './stalls.ts';

/** Brings the topologies up, plays on them, takes everything down. What was seen is in the history. */
export async function rehearse<Client extends Signing, P extends Plan<Client>>(
  rehearsal: Rehearsal<Client, P>,
  play: (ground: Ground<Client, P>) => Promise<void>,
): Promise<void> {
  const { plan, history, view } = rehearsal;
  for (const observation of rehearsal.before)
    history.append({ type: 'precondition', at: history.at(), ...observation });
  const recorder = new Recorder({ history, view, offer: offerOf(plan.adapter), canaries: plan.canaries });
  const open = await openAll(rehearsal);
  const topologies = open.map(({ topology }) => topology);
  try {
    await using stalls = new StallWatch(history);
    for (const { topology, plan: topologyPlan } of open) stalls.watch(topology, topologyPlan);
    const ground = { ...rehearsal, recorder, stalls, topologies: open };
    await Promise.all(topologies.map((topology) => scout(topology, ground)));
    await play(ground);
    for (const observation of [
      replicasDiffer(topologies, view.all('connection')),
      await storeIsShared(topologies),
    ]) {
      history.append({ type: 'precondition', at: history.at(), ...observation });
    }
  } finally {
    await Promise.all(topologies.map((topology) => topology[Symbol.asyncDispose]()));
  }
  // Only now has every replica said its last.
  recorder.answersScanned();
  for (const topology of topologies) scanLogs(topology, rehearsal);
  history.append({ type: 'end', at: history.at(), complete: true });
}

/** All at once, since starting is mostly waiting; if one fails the others are taken down again. */
async function openAll<Client extends Signing>(rehearsal: Rehearsal<Client>): Promise<OpenTopology[]> {
  const { plan, environment, history, audience, signal } = rehearsal;
  const over = new AbortController();
  const opening = plan.topologies.map(async (topologyPlan) => {
    const from = history.at();
    try {
      const topology = await environment.open(topologyPlan, AbortSignal.any([signal, over.signal]));
      recordFirstState(topology, history);
      audience.topologyUp(topology.name, history.at() - from);
      return { topology, plan: topologyPlan };
    } catch (error) {
      over.abort(error);
      throw error;
    }
  });
  const opened = await Promise.allSettled(opening);
  const up = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  if (!over.signal.aborted) return up;
  await Promise.all(up.map(({ topology }) => topology[Symbol.asyncDispose]()));
  throw over.signal.reason;
}

function recordFirstState({ name, replicas }: Topology, history: History): void {
  const at = history.at();
  history.append({
    type: 'topology',
    at,
    topology: name,
    replicas: replicas.map((replica) => ({
      name: replica.name,
      clockOffsetMs: replica.clock.offsetMs,
      clockErrorMs: replica.clock.errorMs,
    })),
  });
  for (const replica of replicas) {
    const state = { topology: name, replica: replica.name, holding: holdingOf(replica.state) };
    history.append({ type: 'state', at, phase: 'begun', ...state });
    history.append({ type: 'state', at, phase: 'witnessed', ...state });
  }
}

function scanLogs<Client extends Signing>(
  { name, replicas }: Topology,
  { history, plan }: Rehearsal<Client>,
): void {
  for (const replica of replicas) {
    const log = replica.log();
    history.append({
      type: 'scan',
      at: history.at(),
      where: 'log',
      topology: name,
      replica: replica.name,
      bytes: log.length,
      needles: plan.canaries.count,
      leaks: plan.canaries.search(log),
    });
  }
}
