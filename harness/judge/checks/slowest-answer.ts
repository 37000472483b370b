import { casualtyIn, lostByItself } from '../casualties.ts';
import { endOf, type Exchange } from '../exchange.ts';
import { wasSilenced } from '../faults.ts';
import { stalledDuring } from '../standstill.ts';
import type { Judgement } from '../findings.ts';
import type { CaseCheck } from './check.ts';

/** Everything that one attempt sent was answered within the bounds, whatever was broken meanwhile; the slowest is told. */
export const slowestAnswer: CaseCheck = {
  name: 'slowest-answer',
  judge(view, { case: id, attempt }) {
    const dead = casualtyIn(view, { case: id, attempt });
    if (dead) return lostByItself(dead);
    const sent = view
      .ofCase(id)
      .filter((exchange) => exchange.request.attempt === attempt && !wasSilenced(view, exchange));
    const slowest = sent.toSorted((a, b) => took(b) - took(a))[0];
    if (!slowest) return { outcome: 'inconclusive', reason: 'Nothing was sent' };
    const { answersWithinMs, failClosedWithinMs } = view.run.bounds;
    const bound = Math.max(answersWithinMs, failClosedWithinMs);
    const late = sent.filter((exchange) => took(exchange) > bound);
    const held = late.find((exchange) => !stalledDuring(view, exchange));
    if (held) return told(held, { outcome: 'fail', expected: `an answer within ${bound} ms` });
    if (late[0]) return told(late[0], { outcome: 'inconclusive', reason: 'Somebody stood still' });
    return told(slowest, { outcome: 'pass' });
  },
};

const took = (exchange: Exchange): number => endOf(exchange) - exchange.request.at;

function told(exchange: Exchange, judgement: Judgement): Judgement {
  const { request, connection, end } = exchange;
  const how = end?.type === 'answer' ? 'answered' : 'no answer';
  return {
    ...judgement,
    actual: `slowest: ${how} after ${Math.round(took(exchange))} ms ("${request.label}")`,
    replica: connection.servedBy ?? connection.target,
  };
}
