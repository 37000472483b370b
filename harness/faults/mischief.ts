/** What is done to the talk between a replica and its store. Those of replies concern commands that write, and were carried out. */
export type Mischief =
  /** Commands that a store in this state refuses are refused in its words, and never reach it. */
  | { readonly kind: 'error'; readonly code: StoreErrorCode }
  /** The store carries a command out, and its reply is lost with the connection or without a sign. */
  | { readonly kind: 'reply-lost'; readonly connection: 'reset' | 'hangs'; readonly commands?: number }
  /** The first half of the reply arrives, and then a reset. */
  | { readonly kind: 'reply-cut'; readonly commands?: number }
  /** The reply waits until the mischief is healed, and whatever comes after it on its connection waits behind it. */
  | { readonly kind: 'reply-held'; readonly commands?: number }
  /** Connections that are open now are dead without a sign, in both directions; new ones are well. */
  | { readonly kind: 'half-open' }
  /** So are new ones: they are taken, and nothing ever comes back. */
  | { readonly kind: 'black-holed' };

/** The states in which a store refuses commands, by the words it begins its refusal with. */
export type StoreErrorCode =
  | 'OOM'
  | 'READONLY'
  | 'LOADING'
  | 'NOAUTH'
  | 'NOSCRIPT'
  | 'MISCONF'
  | 'CLUSTERDOWN';

/** What was done on one connection since a mischief was last served. */
export interface Deed {
  readonly isOpen: boolean;
  /** Whether it was open already when the mischief was served. */
  readonly isOlder: boolean;
  /** Commands that the store was asked to carry out. */
  readonly forwarded: number;
  /** Of those, scripts that were called by their name. */
  readonly scriptsByName: number;
  /** Commands that were refused, by the code of the error. */
  readonly refused: Readonly<Partial<Record<StoreErrorCode, number>>>;
  /** Replies to commands that were carried out, by what became of them. */
  readonly withheld: { readonly lost: number; readonly cut: number; readonly held: number };
  /** Bytes of the replica that were let drop, on a connection that is dead without a sign. */
  readonly swallowed: number;
}
