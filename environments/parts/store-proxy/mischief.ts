import type { StoreErrorCode } from './store-errors.ts';

/** What is done to the talk between a client and its store. Those of replies concern commands that write, and were carried out. */
export type Mischief =
  /** Commands that a store in this state refuses are refused in its words, and never reach it. */
  | { readonly kind: 'error'; readonly code: StoreErrorCode }
  /** The store carries a command out, and its reply is lost with the connection or without a sign. */
  | { readonly kind: 'reply-lost'; readonly connection: 'reset' | 'hangs'; readonly commands?: number }
  /** The first half of the reply arrives, and then a reset. */
  | { readonly kind: 'reply-cut'; readonly commands?: number }
  /** The reply waits until the mischief is healed, and whatever comes after it on its connection waits behind it. */
  | { readonly kind: 'reply-held'; readonly commands?: number };

/** A mischief in force, and how many commands it is still for. */
export type Serving = Mischief & { left: number };

/** What was done on one connection since a mischief was last served. */
export interface Deed {
  readonly client: { readonly name: string | undefined; readonly port: number };
  /** By which the store knows the connection. */
  readonly upstreamPort: number | undefined;
  readonly isOpen: boolean;
  /** Commands that the store was asked to carry out. */
  readonly forwarded: number;
  /** Commands that were refused, by the code of the error. */
  readonly refused: Readonly<Partial<Record<StoreErrorCode, number>>>;
  /** Replies to commands that were carried out, by what became of them. */
  readonly withheld: { readonly lost: number; readonly cut: number; readonly held: number };
}
