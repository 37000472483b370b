import type { Interval } from '../contract/contract.ts';
import type { Span } from './exchange.ts';
import { clocksDuring } from './faults.ts';
import type { View } from './view.ts';

/** The clock of whoever may have served this over its time, widened by what we do not know of it. */
export function clockDuring(view: View, span: Span): Interval {
  const { epochMs } = view.run;
  let [from, to] = [Infinity, -Infinity];
  const { offsetsMs, usual } = clocksDuring(view, span);
  for (const { clockOffsetMs, clockErrorMs } of view.mayServe(span)) {
    for (const offsetMs of usual ? [0, ...offsetsMs] : offsetsMs) {
      from = Math.min(from, offsetMs + clockOffsetMs - clockErrorMs);
      to = Math.max(to, offsetMs + clockOffsetMs + clockErrorMs);
    }
  }
  return { from: epochMs + span.from + from, to: epochMs + span.to + to };
}
