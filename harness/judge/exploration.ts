import { failure, harnessTrouble, type Planned } from './case.ts';
import { firstOverdue } from './checks/always-answered.ts';
import { casualtyIn } from './casualties.ts';
import type { CaseAttempt } from './checks/check.ts';
import { bothAccepted, firstPair, tookItsKey } from './checks/never-accepted-twice.ts';
import type { Exchange } from './exchange.ts';
import { faultsOf, wasSilenced, type Band } from './faults.ts';
import type { Judgement } from './findings.ts';
import { judgeRequest } from './request.ts';
import { stalledDuring } from './standstill.ts';
import type { View } from './view.ts';

/** A clause that a schedule broke, and how. */
export interface Breach {
  readonly clause: string;
  readonly judgement: Judgement;
  /** When that was sent or done which shows it. */
  readonly at: number;
}

/** What a schedule has broken so far in one attempt, by its requests alone: it counts on no verdict of its own. */
export function breachesOf(view: View, attempt: CaseAttempt): Breach[] {
  const exchanges = exchangesOf(view, attempt);
  const breaches: Breach[] = [];
  for (const exchange of exchanges) {
    const judged = judgeRequest(view, exchange);
    if (judged.standing === 'wrong')
      breaches.push({ clause: aboutOf(exchange), judgement: failure(judged), at: exchange.request.at });
  }
  for (const letIn of Map.groupBy(exchanges.filter(tookItsKey), ({ keys: [key] }) => key).values()) {
    const pair = firstPair(view, letIn);
    if (!pair) continue;
    const { at } = pair[1].request;
    breaches.push({ clause: aboutOf(pair[1]), judgement: bothAccepted(...pair), at });
  }
  const answered = view.contract.checked['always-answered'];
  const late = firstOverdue(view, exchanges);
  if (late) breaches.push({ clause: answered, judgement: late.judgement, at: late.exchange.request.at });
  const gone = exchanges.find((exchange) => refusedToConnect(view, exchange));
  if (gone)
    breaches.push({
      clause: answered,
      judgement: { outcome: 'fail', ...goneWords(gone) },
      at: gone.request.at,
    });
  const lost = casualtyIn(view, attempt);
  if (lost)
    breaches.push({
      clause: view.contract.drilled['changes-survived'],
      judgement: { outcome: 'fail', reason: lost.evidence, replica: lost.replica },
      at: lost.at,
    });
  return breaches;
}

const exchangesOf = (view: View, { case: id, attempt }: CaseAttempt): Exchange[] =>
  view.ofCase(id).filter(({ request }) => request.attempt === attempt);

const aboutOf = ({ request }: Exchange): string => request.about ?? '';

/** Nobody listens at its door any more, and it was none of us who ended it. */
const refusedToConnect = (view: View, exchange: Exchange): boolean =>
  exchange.end?.type === 'lost' &&
  exchange.end.how === 'unreachable' &&
  exchange.connection.target === exchange.connection.servedBy &&
  !wasSilenced(view, exchange) &&
  !stalledDuring(view, exchange);

const goneWords = ({ request, connection, end }: Exchange) => ({
  reason: `Request ${request.id}, "${request.label}"`,
  expected: 'an answer',
  actual: `no connection (${end?.type === 'lost' ? end.detail : ''})`,
  replica: connection.target,
});

/** What one attempt of a schedule came to. */
interface Assessed {
  readonly case: string;
  readonly breaches: readonly Breach[];
  /** How many of its requests decide each clause. */
  readonly decided: ReadonlyMap<string, number>;
  /** Clauses about which something was sent that decides nothing, and why. */
  readonly doubts: ReadonlyMap<string, string>;
  readonly trouble: string | undefined;
}

export const assessSchedules = (view: View): readonly Assessed[] =>
  view.all('schedule').map((attempt) => ({
    case: attempt.case,
    breaches: breachesOf(view, attempt),
    ...weigh(view, attempt),
    trouble: harnessTrouble(view, attempt)[0]?.reason,
  }));

function weigh(view: View, attempt: CaseAttempt): Pick<Assessed, 'decided' | 'doubts'> {
  const decided = new Map<string, number>();
  const doubts = new Map<string, string>();
  const unwitnessed = faultsOf(view, attempt).filter(
    ({ witnessed, never }) => !Number.isFinite(witnessed) && !never,
  );
  for (const exchange of exchangesOf(view, attempt)) {
    if (judgeRequest(view, exchange).standing !== 'right') continue;
    const under = unwitnessed.find((band) => mayBeUnder(view, band, exchange));
    for (const clause of [aboutOf(exchange), view.contract.checked['always-answered']])
      if (under) doubts.set(clause, `nobody witnessed that ${under.fault} took hold: ${under.evidence}`);
      else decided.set(clause, (decided.get(clause) ?? 0) + 1);
  }
  return { decided, doubts };
}

/** A fault that nobody witnessed proves nothing: neither what was sent under it, nor what came right after. */
const mayBeUnder = (view: View, { injecting, healed }: Band, { request: { at } }: Exchange): boolean =>
  at >= injecting && at < healed + view.run.bounds.recoversWithinMs;

/**
 * One clause over all schedules: a finding for each that broke it, or one that says for how many requests it held. What
 * could not be decided counts for nothing; where nothing could, the clause is in doubt.
 */
export function judgeExploration(
  view: View,
  { id, clause }: Planned,
  assessed: readonly Assessed[],
): { id: string; judgement: Judgement }[] {
  const broken = brokenBy(view, clause, assessed);
  if (broken.length > 0) return broken;
  const troubled = assessed.find(({ trouble }) => trouble !== undefined);
  if (troubled)
    return [{ id, judgement: { outcome: 'error', reason: `${troubled.case}: ${troubled.trouble}` } }];
  const clear = assessed.filter(({ decided }) => decided.has(clause));
  const requests = clear.reduce((sum, { decided }) => sum + (decided.get(clause) ?? 0), 0);
  const schedules = new Set(clear.map((each) => each.case)).size;
  if (schedules > 0) {
    const actual = `held for ${counted(requests, 'request')} of ${counted(schedules, 'schedule')}`;
    return [{ id, judgement: { outcome: 'pass', actual } }];
  }
  const doubtful = assessed.find(({ doubts }) => doubts.has(clause));
  return doubtful
    ? [
        {
          id,
          judgement: { outcome: 'inconclusive', reason: `${doubtful.case}: ${doubtful.doubts.get(clause)}` },
        },
      ]
    : [];
}

/** Each schedule that broke it; first the one of which it is known how small it can be. */
function brokenBy(
  view: View,
  clause: string,
  assessed: readonly Assessed[],
): { id: string; judgement: Judgement }[] {
  const broken = new Map<string, Judgement>();
  for (const { case: schedule, breaches } of assessed) {
    const breach = breaches.find((each) => each.clause === clause);
    if (breach && !broken.has(schedule)) broken.set(schedule, breach.judgement);
  }
  const shrunk = view.all('shrunk').filter((each) => each.clause === clause);
  const sizeOf = (id: string) => shrunk.find((each) => each.case === id);
  return [...broken]
    .toSorted(([a], [b]) => Number(sizeOf(a) === undefined) - Number(sizeOf(b) === undefined))
    .map(([id, judgement]) => {
      const small = sizeOf(id);
      if (!small) return { id, judgement };
      const { actions, failed, played } = small;
      const told = `${counted(actions.length, 'action')} of it ${actions.length === 1 ? 'is' : 'are'} left, and failed ${failed} of ${played} times`;
      return { id, judgement: { ...judgement, reason: `${judgement.reason ?? ''}; ${told}` } };
    });
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
