import type { EventOf } from '../judge/events.ts';
import { KEPT_ITS_SCHEDULE } from '../judge/traffic/schedule.ts';
import type { Topology } from './environment.ts';

/** What must hold before a verdict means anything. Findings like any other, and the first of them. */
export const preconditions = [
  { id: 'oracle-agrees-with-vectors', clause: 'precondition/oracle' },
  { id: 'replicas-differ', clause: 'precondition/replicas' },
  { id: 'replay-store-is-shared', clause: 'precondition/store' },
] as const;

/** The one of runs that send streams of requests; it is judged by the record of that traffic, and nobody observes it. */
export const trafficPrecondition = { id: KEPT_ITS_SCHEDULE, clause: 'precondition/traffic' } as const;

export type PreconditionId = (typeof preconditions)[number]['id'];

export interface Observation {
  readonly id: PreconditionId;
  readonly holds: boolean;
  readonly evidence: string;
}

/** The balancer's name as a target, beside those of the replicas. */
export const BALANCER = 'balancer';

/** Each replica shows a certificate of its own, at its own door and through the balancer. */
export function replicasDiffer(
  topologies: readonly Topology[],
  connections: readonly EventOf<'connection'>[],
): Observation {
  const id = 'replicas-differ';
  for (const { name, replicas } of topologies) {
    const seen = (target: string): Set<string> =>
      new Set(
        connections
          .filter((connection) => connection.topology === name && connection.target === target)
          .flatMap(({ servedBy }) => servedBy ?? []),
      );
    const strayed = replicas.find((replica) =>
      [...seen(replica.name)].some((servedBy) => servedBy !== replica.name),
    );
    if (strayed)
      return {
        id,
        holds: false,
        evidence: `${name}: another replica answers at the door of ${strayed.name}`,
      };
    const behind = seen(BALANCER);
    if (behind.size < replicas.length) {
      return {
        id,
        holds: false,
        evidence: `${name}: behind the balancer only ${[...behind].join(', ') || 'nobody'} was met`,
      };
    }
  }
  return { id, holds: true, evidence: 'every replica was met at its own door and behind the balancer' };
}

/** Every replica has reached the one store, in one namespace. */
export async function storeIsShared(topologies: readonly Topology[]): Promise<Observation> {
  const id = 'replay-store-is-shared';
  for (const { name, replicas, store } of topologies) {
    const namespaces = new Set(
      replicas.map(({ state }) => `${state.store.database}:${state.store.keyPrefix}`),
    );
    if (namespaces.size > 1)
      return {
        id,
        holds: false,
        evidence: `${name}: the replicas use namespaces ${[...namespaces].join(', ')}`,
      };
    const visitors = await store.visitors();
    const absent = replicas.filter((replica) => !visitors.includes(replica.name));
    if (absent.length > 0) {
      const who = absent.map((replica) => replica.name).join(' and ');
      return { id, holds: false, evidence: `${name}: ${who} never asked the replay store anything` };
    }
  }
  return { id, holds: true, evidence: 'every replica asks the same store in the same namespace' };
}
