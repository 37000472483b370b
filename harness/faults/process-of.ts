import type { Condition, Replica } from '../run/environment.ts';
import type { DesiredState } from '../signer/desired-state.ts';
import type { Testimony } from './fault.ts';

/** The state to start it in again. */
export function asItWas({ state }: Replica): Omit<DesiredState, 'store'> {
  const { store: _, ...rest } = state;
  return rest;
}

/** Whether the system says so of every one of them. */
export async function runs(replicas: readonly Replica[], condition: Condition): Promise<Testimony> {
  const found = await Promise.all(
    replicas.map(async (replica) => ({ name: replica.name, is: await replica.condition() })),
  );
  return {
    so: found.every(({ is }) => is === condition),
    evidence: `the system says: ${found.map(({ name, is }) => `${name} ${is}`).join(', ')}`,
  };
}
