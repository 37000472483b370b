import { retention } from '../ledger.ts';
import { endOf, wasAccepted, type Exchange, type View } from '../view.ts';
import type { HistoryCheck } from './check.ts';

/** Of all requests that spend one key, no two are accepted within one retention, whoever sent them and why. */
export const neverAcceptedTwice: HistoryCheck = {
  name: 'never-accepted-twice',
  level: 'must',
  judge(view) {
    let accepted = 0;
    for (const exchanges of view.spentKeys) {
      const letIn = exchanges.filter(wasAccepted).toSorted((a, b) => a.request.at - b.request.at);
      accepted += letIn.length;
      const pair = firstPair(view, letIn);
      if (pair) return twice(...pair);
    }
    return accepted > 0 ? { outcome: 'pass' } : undefined;
  },
};

/** Neighbours are enough: if any two fall into one retention, so do two that follow each other. */
function firstPair(view: View, letIn: readonly Exchange[]): [Exchange, Exchange] | undefined {
  for (const [index, later] of letIn.entries()) {
    const earlier = letIn[index - 1];
    if (earlier && earlier !== later && endOf(later) < earlier.request.at + retention(view, earlier).least) {
      return [earlier, later];
    }
  }
  return undefined;
}

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
