import { stalledDuring } from '../knowledge.ts';
import { observedWords } from '../request.ts';
import { endOf } from '../view.ts';
import { ofAttempt, type CaseCheck } from './check.ts';

/** While a witnessed fault held, every request of the case was answered within the signer's own bound. */
export const failedClosed: CaseCheck = {
  name: 'failed-closed',
  judge(view, attempt) {
    const [begun] = ofAttempt(view.all('case'), attempt);
    if (!begun) return undefined;
    const faults = view
      .all('fault')
      .filter(({ topology, at }) => topology === begun.topology && at >= begun.at);
    const witnessed = faults.find(({ phase }) => phase === 'witnessed');
    if (!witnessed) {
      const unwitnessed = faults.find(({ phase }) => phase === 'unwitnessed');
      return {
        outcome: 'inconclusive',
        reason: `Nobody witnessed the fault${unwitnessed ? `: ${unwitnessed.evidence}` : ''}`,
      };
    }
    const healing = faults.find(({ phase }) => phase === 'healing')?.at ?? Infinity;
    const under = ofAttempt(
      view.ofCase(attempt.case).map((exchange) => ({ ...exchange.request, exchange })),
      attempt,
    ).filter(({ at }) => at >= witnessed.at && at < healing);
    if (under.length === 0)
      return { outcome: 'inconclusive', reason: 'No request was sent while the fault held' };
    const { failClosedWithinMs } = view.run.bounds;
    for (const { exchange, at } of under) {
      if (exchange.end?.type === 'answer' && endOf(exchange) - at <= failClosedWithinMs) continue;
      const expected = `an answer within ${failClosedWithinMs} ms`;
      const actual = `${observedWords(exchange)} after ${Math.round(endOf(exchange) - at)} ms`;
      if (stalledDuring(view, exchange))
        return { outcome: 'inconclusive', reason: 'Somebody stood still', expected, actual };
      return {
        outcome: 'fail',
        expected,
        actual,
        replica: exchange.connection.servedBy ?? exchange.connection.target,
      };
    }
    return { outcome: 'pass' };
  },
};
