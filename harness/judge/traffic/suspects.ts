import type { Span } from '../exchange.ts';
import type { Spender } from '../ledger.ts';
import type { Decisions } from './agreement.ts';
import type { Ended, Judged } from './sent.ts';

/** More of one kind than these are only counted. */
const KEPT = 300;

/** A request that looks wrong by what is known so far. */
export interface Suspect extends Ended {
  readonly span: Span;
  readonly judged: Judged;
  /** Who may have spent its keys by then. */
  readonly spenders: ReadonlyMap<string, readonly Spender[]>;
  /** What others decided of its kind at that time; undefined while somebody was being changed. */
  readonly decisions: Decisions | undefined;
}

/**
 * What looks wrong, kept to be judged again: a standstill is told of only when it is over. Whoever was not kept cannot
 * be judged again, and so convicts nobody alone.
 */
export class Suspects<T extends { readonly span: Span }> {
  #kept: T[] = [];
  #more = 0;

  add(suspect: T): void {
    if (this.#kept.length < KEPT) this.#kept.push(suspect);
    else this.#more += 1;
  }

  /** Lets go of those who are cleared. Only what had not ended when somebody fell still can be excused by it. */
  review(stoodStillFrom: number, clears: (suspect: T) => boolean): void {
    const last = this.#kept.at(-1);
    if (!last || last.span.to <= stoodStillFrom) return;
    this.#kept = this.#kept.filter((suspect) => suspect.span.to <= stoodStillFrom || !clears(suspect));
  }

  get kept(): readonly T[] {
    return this.#kept;
  }

  get count(): number {
    return this.#kept.length + this.#more;
  }
}
