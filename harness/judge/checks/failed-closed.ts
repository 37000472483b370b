import { observedWords } from '../request.ts';
import { stalledDuring } from '../standstill.ts';
import { endOf, type Exchange } from '../exchange.ts';
import { faultsOf } from '../faults.ts';
import type { View } from '../view.ts';
import type { Judgement } from '../findings.ts';
import type { CaseCheck } from './check.ts';

/** While a witnessed fault held, every request of the case was answered within the signer's own bound. */
export const failedClosed: CaseCheck = {
  name: 'failed-closed',
  judge(view, attempt) {
    const witnessed = faultsOf(view, attempt).find((band) => Number.isFinite(band.witnessed));
    if (!witnessed) return undefined;
    const under = view
      .ofCase(attempt.case)
      .filter(
        ({ request: { attempt: number, at } }) =>
          number === attempt.attempt && at >= witnessed.witnessed && at < witnessed.healing,
      );
    if (under.length === 0)
      return { outcome: 'inconclusive', reason: 'No request was sent while the fault held' };
    const doubts = under.flatMap((exchange) => judgeAnswer(view, exchange) ?? []);
    return doubts.find(({ outcome }) => outcome === 'fail') ?? doubts[0] ?? { outcome: 'pass' };
  },
};

/** Nothing, where it was answered in time; a certificate refused in the handshake is an answer too. */
function judgeAnswer(view: View, exchange: Exchange): Judgement | undefined {
  const { failClosedWithinMs } = view.run.bounds;
  const { end, observed, connection } = exchange;
  const took = endOf(exchange) - exchange.request.at;
  const inTime = took <= failClosedWithinMs;
  if (observed && inTime) return undefined;
  const expected = `an answer within ${failClosedWithinMs} ms`;
  if (end === undefined) return { outcome: 'inconclusive', reason: 'It was interrupted', expected };
  const actual = `${observedWords(exchange)} after ${Math.round(took)} ms`;
  if (stalledDuring(view, exchange))
    return { outcome: 'inconclusive', reason: 'Somebody stood still', expected, actual };
  // Who reset a connection is not known; who let a request hang is.
  if (inTime) return { outcome: 'inconclusive', reason: 'A connection was lost', expected, actual };
  return { outcome: 'fail', expected, actual, replica: connection.servedBy ?? connection.target };
}
