import type { Knowledge, Maybe } from '../contract/contract.ts';
import { clockDuring } from './clock-at.ts';
import { spanOf, type Exchange, type Span } from './exchange.ts';
import { mayHaveAskedTwice, storeAwayDuring } from './faults.ts';
import { holdingsDuring } from './holdings.ts';
import { spentBefore } from './ledger.ts';
import { stalledWithin } from './standstill.ts';
import type { View } from './view.ts';

/** What the replica that judged this request may have known at the time, from the record alone. */
export const knowledgeOf = (view: View, exchange: Exchange): Knowledge<unknown> =>
  knowledgeDuring(view, spanOf(exchange), (key) => spentBefore(view, exchange, key));

/** The same for whatever was under way over this time, with what is known of spent keys. */
export const knowledgeDuring = (
  view: View,
  span: Span,
  spent: Knowledge<unknown>['spent'],
): Knowledge<unknown> => ({
  holdings: holdingsDuring(view, span),
  clock: clockDuring(view, span),
  // Whoever asks again finds what he did himself.
  spent: (key) => {
    const answer = spent(key);
    return answer === 'no' && mayHaveAskedTwice(view, span) ? 'maybe' : answer;
  },
  storeDown: storeDownDuring(view, span),
});

/**
 * Whether the replay store was out of reach. A standstill anywhere on the way may look like an outage to the replica:
 * its timer can go off before it reads the reply that was there all along.
 */
function storeDownDuring(view: View, span: Span): Maybe {
  if (stalledWithin(view, span)) return 'maybe';
  return storeAwayDuring(view, span);
}
