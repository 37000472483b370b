import type { Verdict, WireAnswer, WireRequest } from '../contract/contract.ts';
import type { Fault } from '../faults/fault.ts';

/**
 * A case: a stimulus and the verdicts it claims. It is a value; running it is the engine's job and judging it the
 * oracle's, so a case only says what it sends and what it counts on.
 */
export interface Scenario<Client> {
  /** A sentence in kebab case, or the runbook's own name for it. Never renamed: reports are compared by it. */
  readonly id: string;
  readonly clause: string;
  readonly tags: readonly string[];
  /** Which limits its replicas have: `usual` where validity is judged, `short` where a time is waited out. */
  readonly limits?: 'usual' | 'short';
  /** Runs with nothing beside it on its topology: first, since it needs the processor, or last, since it disturbs. */
  readonly alone?: 'first' | 'last';
  /** Disturbs for seconds: it is played on topologies where nothing else is. */
  readonly apart?: true;
  readonly clients: Readonly<Record<string, ClientNeed>>;
  /** What besides the verdict on each request decides it. */
  readonly judgedBy?: readonly string[];
  /** Further clauses that it decides: each by the requests that are sent about it, and by checks of its own. */
  readonly also?: readonly { readonly clause: string; readonly judgedBy?: readonly string[] }[];
  run(stage: Stage<Client>): Promise<void>;
}

/** A client that must exist before anything starts. */
export interface ClientNeed {
  /** Names of the secrets the signer is to allow, in order. None: the client is not registered. */
  readonly allowed?: readonly string[];
  /** Names of secrets that exist and that no signer knows. */
  readonly spare?: readonly string[];
  /** The id on the wire, where that is the point. */
  readonly id?: string;
  /** Put in front of each secret's text, where that is the point. */
  readonly secretPrefix?: string;
}

/** What a scenario has to work with. */
export interface Stage<Client> {
  readonly client: (name: string) => Client;
  /** Two replicas, addressed directly; the seed decides which comes first. */
  readonly replicas: readonly [Door, Door];
  readonly balancer: Door;
  /** The limits the replicas were given. */
  readonly limits: { readonly timestampMaxAgeMs: number; readonly nonceTtlSeconds: number };
  /** Waits for an interval that the contract itself defines. */
  readonly waits: (ms: number, why: string) => Promise<void>;
  /** Milliseconds on the run's clock. */
  readonly now: () => number;
  /** Milliseconds since 1970, as a client dates its requests. */
  readonly wallClock: () => number;
  /** Counts from 1: an attempt that could not be decided is made again. */
  readonly attempt: number;
  /** Open connections, handshakes finished, spread over both replicas. */
  readonly crowd: (size: number) => Promise<Crowd>;
  /** Looks for the request's key in the replay store. */
  readonly looksInStore: (request: WireRequest) => Promise<void>;
  /** Waits until the request's key lies in the replay store, within the bound for an answer. */
  readonly awaitsInStore: (request: WireRequest) => Promise<void>;
  /** Asks each replica whether it is ready, knowing whether it should be. */
  readonly asksReadiness: (should: 'ready' | 'not-ready') => Promise<void>;
  /**
   * Injects a fault and waits for its witness: for one replica alone where one is named, else for whom it concerns, the
   * first where that is one. It is healed at the latest when the scenario ends.
   */
  readonly suffers: (fault: Fault, on?: string) => Promise<Suffering>;
  /** Gives every replica another list of secrets for a client of this case; false where that would take a restart. */
  readonly allows: (client: string, secrets: readonly string[]) => Promise<boolean>;
  /** Gives one replica another list of secrets for a client of this case, by a restart where it takes one, until it must hold it. */
  readonly gives: (replica: string, client: string, secrets: readonly string[]) => Promise<void>;
  readonly bounds: { readonly recoversWithinMs: number; readonly appliesWithinMs: number };
}

export interface Suffering {
  /** Whether it could be injected; where it could not, there is nothing to be seen. */
  readonly possible: boolean;
  heals(): Promise<void>;
}

/** A way to a signer: one replica, or the balancer. */
export interface Door {
  readonly name: string;
  /** Sends what the case rests on. The answer is given back, since a case may have to wait for one. */
  receives(request: WireRequest, how?: Sending): Promise<Seen>;
  /** Sends it and claims that it is accepted. */
  accepts(request: WireRequest, how?: Sending): Promise<Seen>;
  /** Sends it and claims one of several answers, acceptance among them. */
  answers(request: WireRequest, claim: readonly Verdict[], how?: Sending): Promise<Seen>;
  /** Sends it and claims that it is refused as one of these. */
  refuses(request: WireRequest, as: Verdict | readonly Verdict[], how?: Sending): Promise<Seen>;
}

export interface Sending {
  /** Which certificate the connection shows. */
  readonly identity?: IdentityName;
  /** Which of its clauses this decides, in a case about several; the first, where nothing else is said. */
  readonly about?: string;
}

export type IdentityName =
  | 'valid'
  | 'none'
  | 'expired'
  | 'not-yet-valid'
  | 'wrong-purpose'
  | 'self-signed'
  | 'rogue'
  | 'next'
  | 'third'
  | 'namesake'
  | 'renewed'
  | 'renewed-again';

/** What came of a request, for a scenario that must wait for something; it decides nothing. */
export type Seen =
  | (WireAnswer & { readonly accepted: boolean })
  | { readonly accepted: false; readonly lost: string };

export interface Crowd extends AsyncDisposable {
  /** Sends one copy down every connection at the same moment and claims that exactly one is accepted. */
  races(request: WireRequest): Promise<void>;
}

/** Names a scenario and fixes its type. */
export const scenario = <Client>(value: Scenario<Client>): Scenario<Client> => value;
