import type { EventOf } from './events.ts';
import { spanOf, type Exchange, type Span } from './exchange.ts';
import type { View } from './view.ts';

/** How long after a standstill its effects may last: timers that went off, queues that drain. */
const aftermathMs = 250;

interface Standstill {
  readonly from: number;
  readonly to: number;
  /** The latest end of this one and of all that began before it. */
  readonly allOver: number;
}

/** All standstills of a record, found by whom they concern. */
export class Standstills {
  readonly #all: EventOf<'stall'>[] = [];
  readonly #concerning = new Map<string, Map<string | null, readonly Standstill[]>>();

  add(stall: EventOf<'stall'>): void {
    this.#all.push(stall);
    this.#concerning.clear();
  }

  /** Grows with each of them, so that what was worked out before can be told from what is known now. */
  get known(): number {
    return this.#all.length;
  }

  /** Those of the harness, the store and this replica, or any where it is not known which, as they began. */
  concerning({ topology, replica }: Pick<Span, 'topology' | 'replica'>): readonly Standstill[] {
    if (this.#all.length === 0) return [];
    let here = this.#concerning.get(topology);
    if (!here) this.#concerning.set(topology, (here = new Map()));
    let found = here.get(replica);
    if (!found) here.set(replica, (found = this.#find(topology, replica)));
    return found;
  }

  #find(topology: string, replica: string | null): Standstill[] {
    let allOver = -Infinity;
    return this.#all
      .filter(
        (stall) =>
          (stall.topology === null || stall.topology === topology) &&
          (stall.replica === null || replica === null || stall.replica === replica),
      )
      .toSorted((a, b) => a.from - b.from)
      .map(({ from, to }) => {
        allOver = Math.max(allOver, to);
        return { from, to, allOver };
      });
  }
}

/** Whether harness, store or the serving replica stood still while this request was under way. */
export const stalledDuring = (view: View, exchange: Exchange): boolean =>
  stalledWithin(view, spanOf(exchange));

/** Whether harness, store or replica stood still over some of this time. */
export function stalledWithin(view: View, span: Span): boolean {
  const stalls = view.standstills.concerning(span);
  for (let index = stalls.length - 1; index >= 0; index -= 1) {
    const { from, to, allOver } = stalls[index]!;
    if (allOver + aftermathMs <= span.from) return false;
    if (from < span.to && to + aftermathMs > span.from) return true;
  }
  return false;
}

/** When what was due at the end of this time must be done: nobody gets on with anything while he stands still. */
export function dueAfter(view: View, span: Span): number {
  let due = span.to;
  for (const { from, to } of view.standstills.concerning(span)) {
    if (from < due && to > span.from) due += to - Math.max(from, span.from) + aftermathMs;
  }
  return due;
}
