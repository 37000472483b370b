import type { CaseCheck } from './check.ts';
import { acceptedTwice, tookItsKey } from './never-accepted-twice.ts';

/** Of all that one attempt sent, no two that spend one key were accepted within one retention. */
export const acceptedOnce: CaseCheck = {
  name: 'accepted-once',
  judge(view, { case: id, attempt }) {
    const letIn = view
      .ofCase(id)
      .filter((exchange) => exchange.request.attempt === attempt && tookItsKey(exchange));
    if (letIn.length === 0) return { outcome: 'inconclusive', reason: 'Nothing was accepted' };
    for (const exchanges of Map.groupBy(letIn, ({ keys: [key] }) => key).values()) {
      const found = acceptedTwice(view, exchanges);
      if (found) return found;
    }
    return { outcome: 'pass' };
  },
};
