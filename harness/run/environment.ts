import type { Deed, Mischief } from '../faults/mischief.ts';
import type { Adapter } from '../signer/adapter.ts';
import type { DesiredState } from '../signer/desired-state.ts';
import type { IssuedIdentity } from '../traffic/identities.ts';
import type { TrustAnchor } from '../signer/desired-state.ts';

/** Where a topology runs. Suites cannot tell one from another but by what a topology says it cannot do. */
export interface Environment {
  readonly name: string;
  /** Brings everything up or, where that fails, leaves nothing behind. */
  open(plan: TopologyPlan, signal: AbortSignal): Promise<Topology>;
}

/** What to bring up: replicas in their first state, in front of them a balancer, behind them one store. */
export interface TopologyPlan {
  readonly name: string;
  readonly adapter: Adapter;
  readonly replicas: readonly ReplicaPlan[];
  /** Certificates to show when asking a replica in some state whether it is ready: one of them is trusted there. */
  readonly operators: (state: Pick<DesiredState, 'clientTrust'>) => readonly IssuedIdentity[];
  readonly serverTrust: readonly TrustAnchor[];
  /** Takes secrets out of a text before a person sees it. */
  readonly redact: (text: string) => string;
}

export interface ReplicaPlan {
  readonly name: string;
  /** Everything but the store, whose address only the environment knows. */
  readonly state: Omit<DesiredState, 'store'>;
}

/** A topology that is up. Disposing of it takes everything down again. */
export interface Topology extends AsyncDisposable {
  readonly name: string;
  readonly replicas: readonly Replica[];
  readonly balancer: Balancer;
  readonly store: ReplayStore;
  /** Every way on which a request goes: from the balancer to each replica, and from each replica to the store. */
  readonly links: readonly Link[];
  /** What cannot be done here, each with its reason; whatever is not named can be. */
  readonly cannot: Readonly<Partial<Record<Ability, string>>>;
  /**
   * Leads a replica's way to the store through somebody who understands what is said on it. Its connections with the
   * store end over it, when he comes and when he goes.
   */
  interpose(replica: string): Promise<Interposed>;
}

/** What not every environment can do to a topology. */
export type Ability =
  | 'interpose'
  | 'pause'
  | 'kill'
  | 'skew-clock'
  | 'cut-configuration'
  | 'ask-store'
  | 'restart-store';

/** What became of a process, as the system it runs on sees it. */
export type Condition = 'running' | 'paused' | 'ended';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Replica extends Address {
  readonly name: string;
  readonly state: DesiredState;
  /** How far its clock may be from ours. */
  readonly clock: { readonly offsetMs: number; readonly errorMs: number };
  /** All it has printed so far. */
  log(): string;
  /**
   * Puts it into another state the way its adapter says: returns when the signer was told and answers, and throws where
   * it ends over it, stops answering, or refuses a command.
   */
  apply(state: Omit<DesiredState, 'store'>, signal: AbortSignal): Promise<Applied>;
  /** Starts it anew in a state, whatever became of the process before; with a clock that is off by so much, or a right one. */
  restart(
    state: Omit<DesiredState, 'store'>,
    signal: AbortSignal,
    how?: { readonly clockOffsetMs: number },
  ): Promise<Applied>;
  /**
   * Puts its configuration files in place cut off in the middle, as a full disk would, and tells it of them as of any
   * change. Returns what came of it, which may be its end.
   */
  applyCutOff(signal: AbortSignal): Promise<string>;
  /** Stops it in its tracks until it is resumed. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Ends it at once, as a crash would. It stays down until it is restarted. */
  kill(): Promise<void>;
  condition(): Promise<Condition>;
  /** Whether its process runs by a clock that was put before it, as the system sees it; with what shows it. */
  runsByOtherClock(): Promise<{ readonly so: boolean; readonly evidence: string }>;
}

/** What is known of a change once it was applied. */
export interface Applied {
  /** Whether the replica can hold nothing but the new state. One that was only told may not have acted on it yet. */
  readonly witnessed: boolean;
  /** What was done and seen, in words. */
  readonly evidence: string;
}

export interface Balancer extends Address {
  /** Sends no new connections to a replica; true once its open ones have ended, false where they outlast the bound. */
  drain(replica: string): Promise<boolean>;
  admit(replica: string): void;
}

/** A way of the topology, on which a fault can be. Without one it forwards faithfully. */
export interface Link {
  readonly name: string;
  /** A replica, or the balancer. */
  readonly from: string;
  /** A replica, or the store. */
  readonly to: string;
  /** Closes what is open and refuses what is new. */
  disable(): Promise<void>;
  enable(): Promise<void>;
  /** Whether it takes a connection now. */
  takesConnections(): Promise<boolean>;
  /** Puts a toxic behind those that are there. What is open already may move once more before it feels it. */
  poison(toxic: Toxic): Promise<{ remove(): Promise<void> }>;
}

/** A fault on what goes one way through a link, in Toxiproxy's words. */
export type Toxic = {
  [Type in keyof ToxicAttributes]: {
    readonly type: Type;
    readonly attributes: ToxicAttributes[Type];
    readonly stream: 'upstream' | 'downstream';
    /** The share of connections it affects; all of them, where nothing else is said. */
    readonly toxicity?: number;
  };
}[keyof ToxicAttributes];

/** Milliseconds, bytes, kilobytes a second; the slicer's delay is in microseconds. */
interface ToxicAttributes {
  readonly latency: { readonly latency: number; readonly jitter?: number };
  readonly bandwidth: { readonly rate: number };
  readonly slow_close: { readonly delay: number };
  readonly timeout: { readonly timeout: number };
  readonly reset_peer: { readonly timeout: number };
  readonly slicer: {
    readonly average_size: number;
    readonly size_variation?: number;
    readonly delay?: number;
  };
  readonly limit_data: { readonly bytes: number };
}

/** What a link leads to, where it is no replica. */
export const STORE = 'store';

/** The replay store, by a way of our own that no fault on the replicas' way touches. */
export interface ReplayStore {
  ping(): Promise<void>;
  /** Connects to it by the way that a replica must use, as one who is not that replica and not counted for it. */
  pingBy(replica: string): Promise<void>;
  /** Keys whose text holds this part, with what is left of their time; -1 for a key that never expires. */
  keysHolding(part: string): Promise<readonly { key: string; ttlMs: number }[]>;
  /** The replicas that have asked it anything so far, whether or not they are still connected. */
  visitors(): Promise<readonly string[]>;
  /** The connections by which replicas have asked it something, as the store itself lists them now. */
  connectionsOfReplicas(): Promise<readonly StoreConnection[]>;
  /** Asks it something in its own words, by our own way. Fails where it answers with an error, or not in time. */
  asks(...command: readonly string[]): Promise<unknown>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Ends it at once, with all it held. It stays down until it is started again, empty and at the same address. */
  kill(): Promise<void>;
  start(signal: AbortSignal): Promise<void>;
  condition(): Promise<Condition>;
}

/** Somebody between a replica and its store. */
export interface Interposed {
  /** From now on, for commands that come from now on; what was served before is healed, and deeds are counted anew. */
  serve(mischief: Mischief): void;
  /** Touches nothing more; connections on which something was lost without a sign are reset. */
  heal(): void;
  /** What was done since something was last served, by connection. */
  deeds(): readonly Deed[];
  /** Takes him out of the way again. */
  leave(): Promise<void>;
}

export interface StoreConnection {
  readonly replica: string;
  /** The store's own number for it, never given twice: by this a connection that was lost differs from the next one. */
  readonly id: string;
}
