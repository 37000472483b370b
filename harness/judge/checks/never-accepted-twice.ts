import { retention, spentOneKey } from '../ledger.ts';
import { endOf, wasAccepted, type Exchange, type View } from '../view.ts';
import type { HistoryCheck } from './check.ts';

/** Of all requests that spend one key, no two are accepted within one retention, whoever sent them and why. */
export const neverAcceptedTwice: HistoryCheck = {
  name: 'never-accepted-twice',
  level: 'must',
  judge(view) {
    let accepted = 0;
    for (const exchanges of view.spentKeys) {
      const letIn = exchanges.filter((exchange) => wasAccepted(exchange) && spentOneKey(exchange));
      accepted += letIn.length;
      const pair = firstPair(view, letIn);
      if (pair) return twice(...pair);
    }
    return accepted > 0 ? { outcome: 'pass' } : undefined;
  },
};

function firstPair(view: View, letIn: readonly Exchange[]): [Exchange, Exchange] | undefined {
  const inOrder = letIn.toSorted((a, b) => a.request.at - b.request.at);
  for (const [index, later] of inOrder.entries()) {
    const earlier = inOrder.slice(0, index).find((other) => withinOneRetention(view, other, later));
    if (earlier) return [earlier, later];
  }
  return undefined;
}

/** Whichever of the two the store saw first: a request may lie in a queue while a later one overtakes it. */
const withinOneRetention = (view: View, earlier: Exchange, later: Exchange): boolean =>
  endOf(later) < earlier.request.at + retention(view, earlier).least &&
  endOf(earlier) < later.request.at + retention(view, later).least;

function twice(earlier: Exchange, later: Exchange) {
  const where = [earlier, later].map(({ connection }) => connection.servedBy ?? connection.target);
  return {
    outcome: 'fail',
    reason: `Requests ${earlier.request.id} and ${later.request.id} (${later.request.case}) spend the same nonce and were both accepted`,
    expected: 'one acceptance within the time to live',
    actual: `accepted by ${where[0]} and ${Math.round(later.request.at - earlier.request.at)} ms later by ${where[1]}`,
    ...(where[1] !== undefined && { replica: where[1] }),
  } as const;
}
