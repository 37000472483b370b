import { endOf, type Exchange, type View } from './view.ts';
import type { EventOf } from './events.ts';

/** How long after a standstill its effects may last: timers that went off, queues that drain. */
const aftermathMs = 250;

/** Where somebody may have stood still, and when. */
export interface Span {
  readonly topology: string;
  /** Null where it may be any of the replicas. */
  readonly replica: string | null;
  readonly from: number;
  readonly to: number;
}

/** Whether harness, store or the serving replica stood still while this request was under way. */
export const stalledDuring = (view: View, exchange: Exchange): boolean =>
  stalledWithin(view, {
    topology: exchange.request.topology,
    replica: exchange.connection.servedBy,
    from: exchange.request.at,
    to: endOf(exchange),
  });

/** Whether harness, store or replica stood still over some of this time. */
export const stalledWithin = (view: View, span: Span): boolean =>
  stallsOf(view, span).some(({ from, to }) => from < span.to && to + aftermathMs > span.from);

/** When what was due at the end of this time must be done: nobody gets on with anything while he stands still. */
export function dueAfter(view: View, span: Span): number {
  let due = span.to;
  for (const { from, to } of stallsOf(view, span)) {
    if (from < due && to > span.from) due += to - Math.max(from, span.from) + aftermathMs;
  }
  return due;
}

const stallsOf = (view: View, { topology, replica }: Span): EventOf<'stall'>[] =>
  view
    .all('stall')
    .filter(
      (stall) =>
        (stall.topology === null || stall.topology === topology) &&
        (stall.replica === null || replica === null || stall.replica === replica),
    )
    .toSorted((a, b) => a.from - b.from);
