import { refusedByClosing } from '../request.ts';
import { stalledDuring } from '../standstill.ts';
import { endOf, type Exchange, type View } from '../view.ts';
import type { HistoryCheck } from './check.ts';

/** Every request got its answer within the bound that the signer declares; a standstill excuses, a crash does not. */
export const alwaysAnswered: HistoryCheck = {
  name: 'always-answered',
  level: 'must',
  judge(view) {
    const { answersWithinMs } = view.run.bounds;
    const sent = [...view.exchanges];
    if (sent.length === 0) return undefined;
    const late = sent.filter((exchange) => isLate(exchange, answersWithinMs));
    const held = late.find((exchange) => !stalledDuring(view, exchange));
    if (held) {
      return {
        outcome: 'fail',
        reason: `Request ${held.request.id} (${held.request.case}: ${held.request.label}) was not answered in time`,
        expected: `an answer within ${answersWithinMs} ms`,
        actual: took(held),
        ...where(held),
      };
    }
    const unanswered = sent.find(
      (exchange) =>
        exchange.end?.type !== 'answer' && !isRefusal(view, exchange) && !mayHaveBeenOver(exchange),
    );
    const doubtful = late[0] ?? unanswered;
    if (doubtful) return { outcome: 'inconclusive', reason: whyInDoubt(view, doubtful), ...where(doubtful) };
    return { outcome: 'pass', actual: `slowest ${Math.round(slowest(sent))} ms` };
  },
};

/** A certificate that was refused was answered, be it by an alert or by a close that stands for one. */
const isRefusal = (view: View, exchange: Exchange): boolean =>
  exchange.observed !== undefined || refusedByClosing(view, exchange) !== undefined;

/** Either side may end a kept connection at any time; a request that was on its way then shows nothing. */
const mayHaveBeenOver = ({ end, connection }: Exchange): boolean =>
  connection.mode === 'kept' && end?.type === 'lost' && (end.how === 'closed' || end.how === 'reset');

const isLate = (exchange: Exchange, bound: number): boolean =>
  (exchange.end?.type === 'answer' || exchange.end?.type === 'lost') &&
  endOf(exchange) - exchange.request.at > bound;

const took = (exchange: Exchange): string =>
  exchange.end?.type === 'lost'
    ? `no answer after ${Math.round(endOf(exchange) - exchange.request.at)} ms (${exchange.end.detail})`
    : `answered after ${Math.round(endOf(exchange) - exchange.request.at)} ms`;

const where = ({ connection }: Exchange) => ({ replica: connection.servedBy ?? connection.target });

function whyInDoubt(view: View, exchange: Exchange): string {
  const { id, case: inCase, label } = exchange.request;
  const silence = exchange.end ? 'and the connection ended without an answer' : 'when the record ended';
  const why = stalledDuring(view, exchange) ? 'while somebody stood still' : silence;
  return `Request ${id} (${inCase}: ${label}) was under way ${why}`;
}

function slowest(exchanges: readonly Exchange[]): number {
  let most = 0;
  for (const exchange of exchanges)
    if (exchange.end) most = Math.max(most, endOf(exchange) - exchange.request.at);
  return most;
}
