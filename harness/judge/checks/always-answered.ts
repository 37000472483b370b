import { lostByItself } from '../casualties.ts';
import type { EventOf } from '../events.ts';
import { endOf, type Exchange } from '../exchange.ts';
import { wasSilenced } from '../faults.ts';
import type { Judgement } from '../findings.ts';
import { refusedByClosing } from '../request.ts';
import { stalledDuring } from '../standstill.ts';
import { place, tookMs, type Judged, type Sent } from '../traffic/sent.ts';
import type { View } from '../view.ts';
import type { HistoryCheck } from './check.ts';

/** Every request got its answer within the bound that the signer declares; a standstill excuses, a crash does not. */
export const alwaysAnswered: HistoryCheck = {
  name: 'always-answered',
  level: 'must',
  judge(view) {
    const { answersWithinMs } = view.run.bounds;
    // Whom we kept from answering owes nothing.
    const sent = [...view.exchanges].filter((exchange) => !wasSilenced(view, exchange));
    const streams = view.traffic.answering();
    if (sent.length === 0 && streams.sent === 0) return undefined;
    const late = sent.find((exchange) => isLate(exchange, answersWithinMs));
    const dead = view.all('casualty').find((lost) => ofPlannedCase(view, lost));
    if (dead) return lostByItself(dead);
    const overdue = firstOverdue(view, sent);
    if (overdue) return overdue.judgement;
    if (streams.late)
      return tooLate(toldOfStream(streams.late.sent), tookInStream(streams.late), answersWithinMs);
    const lost = sent.find(
      (exchange) =>
        exchange.end?.type !== 'answer' && !isRefusal(view, exchange) && !mayHaveBeenOver(exchange),
    );
    const doubtful = late ?? lost;
    if (doubtful) return inDoubt(told(doubtful), whyInDoubt(view, doubtful));
    if (streams.unserved) return inDoubt(toldOfStream(streams.unserved), LOST);
    if (streams.underWay) return inDoubt(toldOfStream(streams.underWay), CUT_OFF);
    return {
      outcome: 'pass',
      actual: `slowest ${Math.round(Math.max(slowest(sent), streams.slowestMs))} ms`,
    };
  },
};

/** In rotations and explorations a change may have ended it, and that is judged there. */
const ofPlannedCase = (view: View, { case: id }: EventOf<'casualty'>): boolean =>
  view.run.planned.some((planned) => planned.kind === 'case' && planned.id === id);

/** The first of these whose answer came too late, or not at all, with nobody to excuse it. */
export function firstOverdue(
  view: View,
  exchanges: readonly Exchange[],
): { readonly exchange: Exchange; readonly judgement: Judgement } | undefined {
  const { answersWithinMs } = view.run.bounds;
  const exchange = exchanges.find(
    (each) => isLate(each, answersWithinMs) && !wasSilenced(view, each) && !stalledDuring(view, each),
  );
  return exchange && { exchange, judgement: tooLate(told(exchange), took(exchange), answersWithinMs) };
}

interface Told {
  readonly request: string;
  readonly replica: string;
}

const told = ({ request: { id, case: inCase, label }, connection }: Exchange): Told => ({
  request: `Request ${id} (${inCase}: ${label})`,
  replica: connection.servedBy ?? connection.target,
});

const toldOfStream = (sent: Sent): Told => ({
  request: `Request ${sent.event.id} (${sent.stream.case}: ${sent.stream.credential})`,
  replica: place(sent),
});

const tooLate = ({ request, replica }: Told, actual: string, bound: number): Judgement => ({
  outcome: 'fail',
  reason: `${request} was not answered in time`,
  expected: `an answer within ${bound} ms`,
  actual,
  replica,
});

const inDoubt = ({ request, replica }: Told, why: string): Judgement => ({
  outcome: 'inconclusive',
  reason: `${request} was under way ${why}`,
  replica,
});

const LOST = 'and the connection ended without an answer';
const CUT_OFF = 'when the record ended';

/** A certificate that was refused was answered, be it by an alert or by a close that stands for one. */
const isRefusal = (view: View, exchange: Exchange): boolean =>
  exchange.observed !== undefined || refusedByClosing(view, exchange) !== undefined;

/** Either side may end a kept connection at any time; a request that was on its way then shows nothing. */
const mayHaveBeenOver = ({ end, connection }: Exchange): boolean =>
  connection.mode === 'kept' && end?.type === 'lost' && (end.how === 'closed' || end.how === 'reset');

const isLate = (exchange: Exchange, bound: number): boolean =>
  (exchange.end?.type === 'answer' || exchange.end?.type === 'lost') &&
  endOf(exchange) - exchange.request.at > bound;

const took = ({ end, request }: Exchange): string =>
  end?.type === 'lost' ? unanswered(end.at - request.at, end.detail) : answered((end?.at ?? 0) - request.at);

const tookInStream = (judged: Judged): string =>
  judged.end.type === 'gone' ? unanswered(tookMs(judged), judged.end.detail) : answered(tookMs(judged));

const answered = (ms: number): string => `answered after ${Math.round(ms)} ms`;
const unanswered = (ms: number, detail: string): string => `no answer after ${Math.round(ms)} ms (${detail})`;

function whyInDoubt(view: View, exchange: Exchange): string {
  if (stalledDuring(view, exchange)) return 'while somebody stood still';
  return exchange.end ? LOST : CUT_OFF;
}

function slowest(exchanges: readonly Exchange[]): number {
  let most = 0;
  for (const exchange of exchanges)
    if (exchange.end) most = Math.max(most, endOf(exchange) - exchange.request.at);
  return most;
}
