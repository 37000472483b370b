import type { Change } from './changes.ts';
import { spanOf, type Exchange, type Span } from './exchange.ts';
import { dueAfter } from './standstill.ts';
import type { View } from './view.ts';

/** Every state that a replica which may have served this could have held between send and answer. */
export const holdingsAt = (view: View, exchange: Exchange): readonly unknown[] =>
  holdingsDuring(view, spanOf(exchange));

/** The same for a span of time. */
export function holdingsDuring(view: View, span: Span): readonly unknown[] {
  const replicas = view.mayServe(span);
  if (replicas.length === 1) return heldBy(view, replicas[0]!.name, span);
  return [...new Set(replicas.flatMap(({ name }) => heldBy(view, name, span)))];
}

/** From the latest change backwards, since most of what is asked concerns what was given last. */
function heldBy(view: View, replica: string, { topology, from, to }: Span): readonly unknown[] {
  const changes = view.changes.of(topology, replica);
  const last = changes.at(-1);
  if (last && last.at < to && heldSince(view, last) <= from) return last.alone;
  const held: unknown[] = [];
  let replaced = Infinity;
  for (let index = changes.length - 1; index >= 0; index -= 1) {
    const change = changes[index]!;
    if (change.at < to && !held.includes(change.holding)) held.unshift(change.holding);
    // A later state replaces every earlier one for sure once it was witnessed, or was due.
    replaced = Math.min(replaced, heldSince(view, change));
    if (replaced <= from) break;
  }
  return held;
}

function heldSince(view: View, change: Change): number {
  const { known } = view.standstills;
  if (change.due?.standstillsKnown !== known) {
    const { topology, replica, at: from, deadline: to } = change;
    change.due = { at: dueAfter(view, { topology, replica, from, to }), standstillsKnown: known };
  }
  return Math.min(change.witnessed, change.due.at);
}
