import { monotonicMs, pause } from '../clock.ts';
import type { Signing } from '../contract/contract.ts';
import { doorTo, type Passage } from './door.ts';
import type { Replica } from './environment.ts';
import type { Plan } from './plan.ts';
import { scoutOf } from './scout.ts';

/** Sends good requests to each of these replicas until one passes, or the bound for finding back is over. */
export async function settle<Client extends Signing>(
  replicas: readonly Replica[],
  passage: Passage,
  plan: Pick<Plan<Client>, 'contract' | 'adapter'>,
): Promise<void> {
  const { topology, occasion, signal } = passage;
  const { client, secret } = scoutOf(topology, plan);
  const asScout = { ...passage, occasion: { ...occasion, secrets: [secret] } };
  const giveUp = monotonicMs() + plan.adapter.bounds.recoversWithinMs;
  await Promise.all(
    replicas.map(async (replica) => {
      const door = doorTo(replica.name, replica, asScout);
      while (!(await door.receives({ ...client.signs(), label: 'a good one, until it passes' })).accepted) {
        if (monotonicMs() >= giveUp) return;
        await pause(10, signal);
      }
    }),
  );
}
