import { monotonicMs, pause } from '../clock.ts';
import { explain } from '../errors.ts';
import type { Fault, Injection, Testimony } from '../faults/fault.ts';
import type { EventOf } from '../judge/events.ts';
import type { History } from '../judge/history.ts';
import type { Replica, Topology } from './environment.ts';
import type { Suffering } from './scenario.ts';

/** A fault takes hold within this or its case is in doubt. */
const WITNESS_MS = 2000;
/** What is healed is over within this, or it is said that it is not. */
const HEAL_MS = 5000;
const EVERY_MS = 20;

export interface Ordeal {
  readonly fault: Fault;
  readonly topology: Topology;
  /** The replicas it is for; all of the topology's, where it concerns all. */
  readonly concerned: readonly Replica[];
  readonly history: History;
  /** Waits until good requests pass at these replicas again, or a bound is over. */
  readonly settle: (replicas: readonly Replica[]) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Injects a fault, has it witnessed, and gives back the way to heal it; healing twice heals once. */
export async function suffer({
  fault,
  topology,
  concerned,
  history,
  settle,
  signal,
}: Ordeal): Promise<Suffering> {
  type Phase = EventOf<'fault'>['phase'];
  const record = (phase: Phase, evidence = '', since?: number): void =>
    history.append({
      type: 'fault',
      at: history.at(),
      fault: fault.name,
      topology: topology.name,
      phase,
      ...(phase === 'injecting' && { sentence: fault.sentence }),
      store: fault.store,
      ...(concerned.length < topology.replicas.length && { replicas: concerned.map(({ name }) => name) }),
      ...(fault.silences && { silences: fault.silences }),
      ...(fault.losesReplies && { losesReplies: true as const }),
      ...(fault.clockOffsetMs !== undefined && { clockOffsetMs: fault.clockOffsetMs }),
      ...(since !== undefined && { since }),
      evidence,
    });
  const cannot = fault.cannot(topology);
  if (cannot !== undefined) {
    record('injecting');
    record('never', cannot);
    record('healed');
    return { possible: false, heals: () => Promise.resolve() };
  }
  const injection = await fault.prepare(topology, concerned, signal);
  const before = await injection.witness();
  record('injecting', `before: ${before.evidence}`);
  const testify = (testimony: Testimony, since?: number): void => {
    if (testimony.never) record('never', testimony.evidence);
    // What was in force before we did anything was not our doing, and proves nothing.
    else if (testimony.so && !before.so) record('witnessed', testimony.evidence, since);
    else record('unwitnessed', testimony.evidence);
  };
  const heal = async (): Promise<void> => {
    record('healing');
    const testimony = await over(injection);
    record(testimony.so ? 'healed' : 'unhealed', testimony.evidence);
    if (!testimony.so) throw new Error(`${fault.name} was healed and is still there: ${testimony.evidence}`);
  };
  try {
    if (injection.place) {
      await injection.place();
      await settle(concerned);
    }
    await injection.inject();
    if (injection.servesOn) await settle(concerned);
  } catch (error) {
    await heal();
    throw error;
  }
  const injected = history.at();
  if (fault.shows === 'at-rest') testify(before.so ? before : await comesTrue(injection, signal));
  let healed = false;
  return {
    possible: true,
    async heals() {
      if (healed) return;
      healed = true;
      if (fault.shows === 'under-traffic') testify(before.so ? before : await injection.witness(), injected);
      await heal();
    },
  };
}

async function comesTrue(injection: Injection, signal: AbortSignal): Promise<Testimony> {
  const until = monotonicMs() + WITNESS_MS;
  for (;;) {
    const testimony = await injection.witness();
    if (testimony.so || testimony.never || monotonicMs() >= until) return testimony;
    await pause(EVERY_MS, signal);
  }
}

/** Also where the run was interrupted: what we broke is made whole whatever happens. */
async function over(injection: Injection): Promise<Testimony> {
  const until = monotonicMs() + HEAL_MS;
  const tried = await injection.heal().then(
    () => undefined,
    (error: unknown) => explain(error),
  );
  if (tried !== undefined) return { so: false, evidence: tried };
  for (;;) {
    const testimony = await injection.isOver();
    if (testimony.so || monotonicMs() >= until) return testimony;
    await pause(EVERY_MS);
  }
}
