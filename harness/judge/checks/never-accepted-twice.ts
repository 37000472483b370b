import { spanOf, wasAccepted, type Exchange } from '../exchange.ts';
import type { Judgement } from '../findings.ts';
import { spentOneKey, withinOneRetention } from '../ledger.ts';
import { acceptance } from '../traffic/spending.ts';
import type { View } from '../view.ts';
import type { HistoryCheck } from './check.ts';

/** Of all requests that spend one key, no two are accepted within one retention, whoever sent them and why. */
export const neverAcceptedTwice: HistoryCheck = {
  name: 'never-accepted-twice',
  level: 'must',
  judge(view) {
    let accepted = view.traffic.accepted;
    for (const exchanges of view.spentKeys) {
      const letIn = exchanges.filter(tookItsKey);
      accepted += letIn.length;
      const found = acceptedTwice(view, letIn);
      if (found) return found;
    }
    const [earlier, later] = view.traffic.acceptedTwice() ?? [];
    if (earlier && later) return twice(acceptance(earlier), acceptance(later));
    return accepted > 0 ? { outcome: 'pass' } : undefined;
  },
};

/** It was let in, and nobody can doubt what it spent. */
export const tookItsKey = (exchange: Exchange): boolean => wasAccepted(exchange) && spentOneKey(exchange);

/** Told of the first two of these that spend their one key within one retention, if there are such. */
export function acceptedTwice(view: View, letIn: readonly Exchange[]): Judgement | undefined {
  const pair = firstPair(view, letIn);
  return pair && bothAccepted(...pair);
}

export const bothAccepted = (earlier: Exchange, later: Exchange): Judgement =>
  twice(asAcceptance(earlier), asAcceptance(later));

export function firstPair(view: View, letIn: readonly Exchange[]): [Exchange, Exchange] | undefined {
  const inOrder = letIn.toSorted((a, b) => a.request.at - b.request.at);
  for (const [index, later] of inOrder.entries()) {
    const earlier = inOrder
      .slice(0, index)
      .find((other) => withinOneRetention(view, spanOf(other), spanOf(later)));
    if (earlier) return [earlier, later];
  }
  return undefined;
}

interface Acceptance {
  readonly id: string;
  readonly case: string;
  readonly where: string;
  readonly from: number;
}

const asAcceptance = ({ request, connection }: Exchange): Acceptance => ({
  id: request.id,
  case: request.case,
  where: connection.servedBy ?? connection.target,
  from: request.at,
});

export const twice = (earlier: Acceptance, later: Acceptance): Judgement => ({
  outcome: 'fail',
  reason: `Requests ${earlier.id} and ${later.id} (${later.case}) spend the same nonce and were both accepted`,
  expected: 'one acceptance within the time to live',
  actual: `accepted by ${earlier.where} and ${Math.round(later.from - earlier.from)} ms later by ${later.where}`,
  replica: later.where,
});
