import { withinOneRetention } from '../ledger.ts';
import { Passing } from '../passing.ts';
import type { View } from '../view.ts';
import { Accepted } from './accepted.ts';
import { Spending } from './spending.ts';

/** More pairs than these are not worth a reader's time. */
const PAIRS = 100;

/** How often what is over is let go of: a little more is kept, and looked through seldom. */
const EVERY_MS = 10_000;

/** The ends of a retention are not known to the millisecond. */
const MARGIN_MS = 1000;

/** Two that spent one key and were both let in. */
export type Pair = readonly [earlier: Spending, later: Spending];

/** Who may have spent which key of one replay store, for as long as it may stay spent. */
export class Spendings {
  readonly #accepted = new Accepted();
  /** Those under way, those that left open whether they spent it, and whoever was let in beside another. */
  readonly #others = new Passing<readonly Spending[]>();
  readonly #pairs: Pair[] = [];
  #longestMs = 0;
  #swept = 0;

  /** Some state keeps what is spent for this long. */
  retains(ms: number): void {
    this.#longestMs = Math.max(this.#longestMs, ms);
  }

  begins(spending: Spending, keys: readonly string[]): void {
    if (spending.from > this.#swept + EVERY_MS) this.#sweep(spending.from);
    for (const key of keys) {
      const others = this.#others.get(key);
      this.#others.set(key, others ? [...others, spending] : [spending]);
    }
  }

  of(key: string): readonly Spending[] {
    const others = this.#others.get(key) ?? [];
    const accepted = this.#accepted.get(key);
    return accepted ? [accepted, ...others] : others;
  }

  /** It was let in, and so was whoever is in a pair with it. */
  accept(view: View, spending: Spending, keys: readonly string[]): void {
    spending.accepted = true;
    if (!spending.oneKey) return;
    for (const key of keys) {
      const others = this.#others.get(key) ?? [];
      for (const other of others) this.#pair(view, other, spending);
      const before = this.#accepted.get(key);
      if (before) this.#pair(view, before, spending);
      else {
        this.#accepted.add(key, spending);
        this.#leave(key, spending, others);
      }
    }
  }

  /** It surely spent nothing. */
  cancel(spending: Spending, keys: readonly string[]): void {
    for (const key of keys) this.#leave(key, spending);
  }

  /** Let in twice within one retention, by all that is known of standstills so far. */
  twice(view: View, inCase?: string): Pair | undefined {
    return this.#pairs.find(
      (pair) =>
        (inCase === undefined || pair.some(({ stream }) => stream.case === inCase)) &&
        withinOneRetention(view, ...pair),
    );
  }

  #pair(view: View, one: Spending, other: Spending): void {
    if (one === other || !one.accepted || !one.oneKey || this.#pairs.length >= PAIRS) return;
    const pair: Pair = one.from <= other.from ? [one, other] : [other, one];
    if (withinOneRetention(view, ...pair)) this.#pairs.push(pair);
  }

  #leave(key: string, spending: Spending, others = this.#others.get(key) ?? []): void {
    if (others.length > 1)
      this.#others.set(
        key,
        others.filter((other) => other !== spending),
      );
    else this.#others.delete(key);
  }

  #sweep(now: number): void {
    this.#swept = now;
    const keptMs = this.#longestMs + MARGIN_MS;
    this.#accepted.forget(now - keptMs);
    for (const [key, found] of this.#others.entries()) {
      const left = found.filter((each) => now <= overBy(each, keptMs));
      if (left.length === 0) this.#others.delete(key);
      else if (left.length < found.length) this.#others.set(key, left);
    }
  }
}

/**
 * An unanswered request may be judged for as long as its timestamp is fresh, which is less than a retention, and what
 * it spends then stays spent for one more.
 */
const overBy = ({ accepted, from, to }: Spending, keptMs: number): number =>
  accepted ? to + keptMs : from + 2 * keptMs;
