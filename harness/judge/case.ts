import { ACCEPTED, type Verdict } from '../contract/contract.ts';
import { ofAttempt, type CaseAttempt } from './checks/check.ts';
import { caseChecks } from './checks/list.ts';
import { faultsOf, wasSilenced } from './faults.ts';
import type { EventOf } from './events.ts';
import type { Judgement, Outcome } from './findings.ts';
import { judgeRequest, observedWords, wronglyAccepted, type JudgedRequest } from './request.ts';
import { wasAccepted, type Exchange } from './exchange.ts';
import type { View } from './view.ts';

export type Planned = EventOf<'run'>['planned'][number];

/** A case judged over all its attempts: any that failed decides, else the last one does. */
export function judgeCase(view: View, planned: Planned): Judgement {
  if (planned.notApplicable !== undefined)
    return { outcome: 'not-applicable', reason: planned.notApplicable };
  const begun = view.all('case').filter((event) => event.case === planned.id && event.phase === 'begun');
  if (begun.length === 0) return { outcome: 'inconclusive', reason: 'It was planned and never ran' };
  const attempts = begun.map((event) => judgeAttempt(view, planned, event));
  return attempts.find(({ outcome }) => outcome === 'fail') ?? attempts.at(-1) ?? worst([]);
}

/** One attempt, by the verdict on each of its requests and by the case's own checks. */
export function judgeAttempt(view: View, planned: Planned, attempt: CaseAttempt): Judgement {
  const judged = view
    .ofCase(planned.id)
    .filter(({ request }) => request.attempt === attempt.attempt)
    .map((exchange) => judgeRequest(view, exchange));
  const asked = judged.filter(({ exchange }) => concerns(exchange.request, planned));
  const mine = asked.filter(({ exchange }) => !owesNothing(view, exchange));
  const checked = caseChecks
    .filter(({ name }) => planned.judgedBy.includes(name))
    .flatMap((check) => check.judge(view, attempt) ?? []);
  const judgements = [
    ...harnessTrouble(view, attempt),
    ...(asked.length > 0 && mine.length === 0 ? [SERVED_NOBODY] : verdictsOf(mine, judged)),
    ...checked,
  ];
  const never = faultsOf(view, attempt).find((band) => band.never);
  // What was let in was let in, whatever became of the fault.
  if (never && !judgements.some(({ outcome }) => outcome === 'fail'))
    return { outcome: 'not-applicable', reason: never.evidence };
  // It is why the rest is in doubt.
  return worst([...unwitnessed(view, attempt), ...judgements]);
}

/** A fault that nobody witnessed proves nothing, and no case passes by it. */
export const unwitnessed = (view: View, attempt: CaseAttempt): Judgement[] =>
  faultsOf(view, attempt)
    .filter((band) => !Number.isFinite(band.witnessed) && !band.never)
    .map(({ fault, evidence }) => ({
      outcome: 'inconclusive',
      reason: `Nobody witnessed that ${fault} took hold: ${evidence}`,
    }));

/** We kept whoever it went to from serving, and so he did not, or said so. */
function owesNothing(view: View, exchange: Exchange): boolean {
  const { observed = new Set<Verdict>() } = exchange;
  return observed.isSubsetOf(view.contract.unavailable) && wasSilenced(view, exchange);
}

const SERVED_NOBODY: Judgement = { outcome: 'pass', actual: 'the replica served nobody meanwhile' };

/** Of a case about several clauses, a finding speaks of the requests that were sent about its own. */
const concerns = ({ about }: EventOf<'request'>, { clause }: Planned): boolean =>
  about === undefined || about === clause;

/** A worse outcome hides a better one; among equals the first, which is the most telling. */
export function worst(judgements: readonly Judgement[]): Judgement {
  for (const outcome of severity) {
    const found = judgements.find((judgement) => judgement.outcome === outcome);
    if (found) return found;
  }
  return { outcome: 'inconclusive', reason: 'Nothing was judged' };
}

const severity: readonly Outcome[] = ['fail', 'error', 'inconclusive', 'not-applicable', 'pass'];

export function harnessTrouble(view: View, attempt: CaseAttempt): Judgement[] {
  const ended = ofAttempt(view.all('case'), attempt).find(({ phase }) => phase === 'ended');
  if (!ended) return [{ outcome: 'error', reason: 'It was interrupted' }];
  return ended.error === undefined ? [] : [{ outcome: 'error', reason: ended.error }];
}

function verdictsOf(judged: readonly JudgedRequest[], all: readonly JudgedRequest[]): Judgement[] {
  const letIn = judged.filter(wronglyAccepted).map(failure);
  if (letIn.length > 0) return letIn;
  const context = judged.filter(({ exchange }) => exchange.request.claim === null);
  const claims = judged.filter(({ exchange }) => exchange.request.claim !== null);
  return [...claims.map(claimJudgement), ...context.flatMap(contextDoubt), ...controlDoubts(claims, all)];
}

function claimJudgement(judged: JudgedRequest): Judgement {
  const { standing, asClaimed, exchange } = judged;
  if (standing === 'wrong') return failure(judged);
  if (standing === 'unknown') return doubt(judged, `What became of "${exchange.request.label}" is unknown`);
  if (!asClaimed) return doubt(judged, `"${exchange.request.label}" could not be decided from outside`);
  return { outcome: 'pass' };
}

/** A request that prepares or controls: where it went wrong, the claims beside it show nothing. */
function contextDoubt(judged: JudgedRequest): Judgement[] {
  if (judged.standing === 'right') return [];
  return [doubt(judged, `"${judged.exchange.request.label}", which the case rests on, went wrong`)];
}

/** A refusal only counts at a replica that lets a good request pass in the same case. */
function controlDoubts(claims: readonly JudgedRequest[], all: readonly JudgedRequest[]): Judgement[] {
  const passing = new Set(all.filter(({ exchange }) => wasAccepted(exchange)).map(place));
  const alone = claims.find((judged) => isRefusal(judged) && !passing.has(place(judged)));
  return alone
    ? [doubt(alone, 'Nothing shows that this replica accepts anything: its control did not pass')]
    : [];
}

const place = ({ exchange }: JudgedRequest): string =>
  exchange.connection.servedBy ?? exchange.connection.target;

const isRefusal = ({ exchange }: JudgedRequest): boolean =>
  exchange.request.claim?.includes(ACCEPTED) === false;

/** A request that was decided wrongly, in the words of a finding. */
export function failure(judged: JudgedRequest): Judgement {
  const { request, connection } = judged.exchange;
  const when = connection.mode === 'fresh' ? '' : ` on a ${connection.mode} connection`;
  return { outcome: 'fail', reason: `Request ${request.id}, "${request.label}"${when}`, ...words(judged) };
}

const doubt = (judged: JudgedRequest, reason: string): Judgement => ({
  outcome: 'inconclusive',
  reason,
  ...words(judged),
});

function words({ exchange, right }: JudgedRequest) {
  const { claim } = exchange.request;
  // Where more verdicts would have been right than the case asks for, the narrower ones tell the reader more.
  const asked = claim?.filter((verdict) => right.has(verdict)) ?? [];
  return {
    expected: (asked.length > 0 ? asked : [...right]).join(' or '),
    actual: observedWords(exchange),
    replica: exchange.connection.servedBy ?? exchange.connection.target,
  };
}
