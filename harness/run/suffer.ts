import { pause } from '../clock.ts';
import type { Fault, Testimony } from '../faults/fault.ts';
import type { EventOf } from '../judge/events.ts';
import type { History } from '../judge/history.ts';
import type { Topology } from './environment.ts';
import type { Suffering } from './scenario.ts';

/** A fault takes hold within this or its case is in doubt. */
const WITNESS_MS = 2000;

/** Injects a fault, has it witnessed, and gives back the way to heal it; healing twice heals once. */
export async function suffer(
  fault: Fault,
  topology: Topology,
  history: History,
  signal: AbortSignal,
): Promise<Suffering> {
  const record = (phase: EventOf<'fault'>['phase'], evidence = ''): void =>
    history.append({
      type: 'fault',
      at: history.at(),
      fault: fault.name,
      topology: topology.name,
      phase,
      store: fault.store,
      evidence,
    });
  const before = await fault.witness(topology);
  record('injecting', `before: ${before.evidence}`);
  await fault.inject(topology);
  let healed = false;
  const suffering: Suffering = {
    async heals() {
      if (healed) return;
      healed = true;
      record('healing');
      await fault.heal(topology);
      record('healed');
    },
  };
  // What was in force before we did anything was not our doing, and proves nothing.
  const testimony = before.inForce ? before : await witnessed(fault, topology, signal);
  record(testimony.inForce && !before.inForce ? 'witnessed' : 'unwitnessed', testimony.evidence);
  return suffering;
}

async function witnessed(fault: Fault, topology: Topology, signal: AbortSignal): Promise<Testimony> {
  let testimony = await fault.witness(topology);
  for (let waited = 0; !testimony.inForce && waited < WITNESS_MS; waited += 20) {
    await pause(20, signal);
    testimony = await fault.witness(topology);
  }
  return testimony;
}
