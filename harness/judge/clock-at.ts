import type { Interval } from '../contract/contract.ts';
import type { Span } from './exchange.ts';
import type { View } from './view.ts';

/** The clock of whoever may have served this over its time, widened by what we do not know of it. */
export function clockDuring(view: View, span: Span): Interval {
  const { epochMs } = view.run;
  let [from, to] = [Infinity, -Infinity];
  for (const { clockOffsetMs, clockErrorMs } of view.mayServe(span)) {
    from = Math.min(from, clockOffsetMs - clockErrorMs);
    to = Math.max(to, clockOffsetMs + clockErrorMs);
  }
  return { from: epochMs + span.from + from, to: epochMs + span.to + to };
}
