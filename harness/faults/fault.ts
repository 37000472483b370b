import type { EventOf } from '../judge/events.ts';
import type { Replica, Topology } from '../run/environment.ts';

/** Something broken on purpose. A fault that nobody could witness proves nothing, so each brings its own proof. */
export interface Fault {
  readonly name: string;
  /** What is broken, in a sentence. */
  readonly sentence: string;
  /** What it makes of the store for the replicas that it concerns. */
  readonly store: EventOf<'fault'>['store'];
  /** Replies to what it carried out may not come: whoever asks it again finds what he did himself. */
  readonly losesReplies?: true;
  /** Which of them it concerns: one that is chosen for it, or all. */
  readonly concerns: 'one-replica' | 'all-replicas';
  /** Whose answers may fail to come meanwhile: those of the replicas it concerns, or what they send by the balancer. */
  readonly silences?: NonNullable<EventOf<'fault'>['silences']>;
  /** How far it puts the clocks of the replicas it concerns before ours. */
  readonly clockOffsetMs?: number;
  /** When its witness can speak: as soon as it was injected, or once its replicas have been asked something under it. */
  readonly shows: 'at-rest' | 'under-traffic';
  /** Why it cannot be done there; nothing where it can. */
  cannot(topology: Topology): string | undefined;
  /** Nothing is broken yet: what must be known of the time before is found out. */
  prepare(topology: Topology, concerned: readonly Replica[], signal: AbortSignal): Promise<Injection>;
}

/** A fault that is ready to be injected, once. */
export interface Injection {
  /** Gets into place. Connections of replicas end over it, and they are given the time to come back before it strikes. */
  place?(): Promise<void>;
  inject(): Promise<void>;
  /** The store serves on under it. Connections that end over the injection are given the time to come back, and feel it. */
  readonly servesOn?: true;
  /** Asked by another way than the signers' answers: is it in force on their own connections now? */
  witness(): Promise<Testimony>;
  heal(): Promise<void>;
  /** Asked by another way than the signers' answers: is nothing left of it? Who has yet to notice does not matter. */
  isOver(): Promise<Testimony>;
}

export interface Testimony {
  readonly so: boolean;
  readonly evidence: string;
  /** It cannot take hold of such a signer at all, and the evidence says why. */
  readonly never?: true;
}
