import type { Signing, Verdict, WireRequest } from '../../contract/contract.ts';
import type { ClientNeed, IdentityName } from '../scenario.ts';

/**
 * A rotation: steps from one configuration to the next, and the requests that are sent all the while. It is a value;
 * carrying it out, abandoning it at every point of it and taking it back are the engine's job, and judging it is the oracle's.
 */
export interface Procedure<Client extends Signing> {
  /** In kebab case. Never renamed: reports are compared by it. */
  readonly id: string;
  readonly sentence: string;
  readonly tags: readonly string[];
  /** Which limits its replicas have: `short` where a time to live is waited out. */
  readonly limits?: 'usual' | 'short';
  readonly clients: Readonly<Record<string, ClientNeed>>;
  /** Where everybody stands before the first step. */
  readonly start: Standing;
  readonly steps: readonly Step[];
  readonly streams: readonly StreamPlan<Client>[];
}

/** Where everybody stands: what the replicas are configured with, and what honest clients do. */
export interface Standing {
  readonly fleet: Fleet;
  readonly use: Use;
}

/** What every replica is configured with, by names that the engine has values for. */
export interface Fleet {
  /** For each client of the procedure the secrets it may sign with, in order. */
  readonly secrets: Readonly<Record<string, readonly string[]>>;
  /** The authorities in the trust bundle, in order. */
  readonly trust: readonly AuthorityName[];
  /** Which server certificate the replicas show. */
  readonly server: ServerName;
}

/** What honest clients do. */
export interface Use {
  /** For each client the secret it signs with. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The certificate they show. */
  readonly identity: IdentityName;
  /** The authorities by which they believe a server. */
  readonly trust: readonly AuthorityName[];
}

/** `namesake` bears the name of `old` with another key. `next` and `third` follow `old` in two rotations. */
export type AuthorityName = 'old' | 'next' | 'third' | 'namesake' | 'rogue';

/** A server certificate: by the authority that signed it, or anew by `old`. */
export type ServerName = 'old' | 'renewed' | 'renewed-again' | 'next' | 'third' | 'namesake';

/** One step. To undo it is to go back to where everybody stood before. */
export interface Step {
  readonly id: string;
  /** What is done, in a sentence. */
  readonly sentence: string;
  /** What undoing it means, in a sentence. */
  readonly undo: string;
  /** Ids of the runbook's steps that ask for it. */
  readonly runbook: readonly string[];
  /** Applied replica by replica; absent where nothing changes at the signer. */
  readonly fleet?: (fleet: Fleet) => Fleet;
  /** Nobody pauses between one replica and the next: each moment is one in which a leaked secret counts. */
  readonly urgent?: true;
  /** Applied at once, before the fleet; absent where clients go on as they did. */
  readonly use?: (use: Use) => Use;
  /** What each stream may be answered while it is rolled, and once it is done. */
  readonly during: Holds;
  readonly after: Holds;
}

/** For each stream, by its id, the verdicts it may get: several while replicas differ. */
export type Holds = Readonly<Record<string, readonly Verdict[]>>;

/** Requests of one kind, sent over the whole of a procedure. */
export interface StreamPlan<Client extends Signing> {
  readonly id: string;
  /** What they show for themselves, as a report names it; streams of one credential share a line there. */
  readonly credential: string;
  /** One of the procedure's clients. */
  readonly client: string;
  /** The certificate they show; `in-use` follows what honest clients show. */
  readonly identity: IdentityName | 'in-use';
  /** Each goes to both replicas, or through the balancer, on connections of each of these kinds. */
  readonly to: readonly ('replicas' | 'balancer')[];
  readonly on: readonly ('fresh' | 'kept' | 'resumed')[];
  /** Requests a second on each of these ways; fresh connections cost a signer most. */
  readonly perSecond: number;
  /** Sent by clients that keep the rules. */
  readonly honest: boolean;
  /** The clause that is broken where one is wrongly let in, and where one is wrongly refused. */
  readonly clauses: { readonly accepted: string; readonly refused: string };
  /** Makes the next request. */
  readonly makes: (client: Client, turn: Turn) => WireRequest | undefined;
}

/** What a stream's next request may rest on. */
export interface Turn {
  /** The secret that honest clients of this name sign with now. */
  readonly secret: string;
  /** The limits the replicas were given. */
  readonly limits: { readonly timestampMaxAgeMs: number };
  /** The nonce of some request of the same client that was accepted this short a time ago and is still spent. */
  readonly spentNonce: () => string | undefined;
  /** The nonce of one that was accepted so long ago that its time to live is over; each is given out once. */
  readonly expiredNonce: () => string | undefined;
}
