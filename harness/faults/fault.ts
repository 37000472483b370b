import type { EventOf } from '../judge/events.ts';
import type { Topology } from '../run/environment.ts';

/** Something broken on purpose. A fault that nobody could witness proves nothing, so each brings its own proof. */
export interface Fault {
  readonly name: string;
  /** What it makes of the store for the replicas. */
  readonly store: EventOf<'fault'>['store'];
  inject(topology: Topology): Promise<void>;
  heal(topology: Topology): Promise<void>;
  /** Asked by another way than the signers' answers: is it in force on their own connections now? */
  witness(topology: Topology): Promise<Testimony>;
}

export interface Testimony {
  readonly inForce: boolean;
  readonly evidence: string;
}
