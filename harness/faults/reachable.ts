import { explain } from '../errors.ts';
import type { Replica, Topology } from '../run/environment.ts';
import type { Testimony } from './fault.ts';

/** Whether the store answers us by the ways that these replicas must use. */
export async function reachable({ store }: Topology, concerned: readonly Replica[]): Promise<Testimony> {
  const asked = await Promise.allSettled(concerned.map(({ name }) => store.pingBy(name)));
  const failed = asked.find((each) => each.status === 'rejected');
  return failed
    ? { so: false, evidence: explain(failed.reason) }
    : {
        so: true,
        evidence: `the store answers by the way of ${concerned.map(({ name }) => name).join(' and ')}`,
      };
}
