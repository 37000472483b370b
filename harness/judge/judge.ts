import { conclude, isPrecondition, type Finding, type FindingsFile, type Judgement } from './findings.ts';
import { judgeCase, type Planned } from './case.ts';
import { assessSchedules, judgeExploration } from './exploration.ts';
import { historyChecks } from './checks/list.ts';
import { ACCEPTED, type FormRule } from '../contract/contract.ts';
import { judgeProcedure } from './traffic/procedure.ts';
import { KEPT_ITS_SCHEDULE } from './traffic/schedule.ts';
import type { View } from './view.ts';

/** The one place where findings come from: a history in, every planned finding out, in the order of the plan. */
export function judge(view: View): FindingsFile {
  const assessed = assessSchedules(view);
  const all = view.run.planned.flatMap((planned) =>
    planned.kind === 'exploration'
      ? explored(view, planned, judgeExploration(view, planned, assessed))
      : (findingOf(view, planned) ?? []),
  );
  return conclude(doubtWhereUnfounded(all));
}

/** One planned case as it stands so far, for those who watch a run. */
export const judgeOne = (view: View, planned: Planned): Finding =>
  toFinding(view, planned, believeClaim(view, planned, judgeCase(view, planned)));

/** An exploration may break one clause by several schedules, and each is a finding of its own. */
const explored = (view: View, planned: Planned, found: ReturnType<typeof judgeExploration>): Finding[] =>
  found.map(({ id, judgement }) => {
    const whole = id === planned.id;
    return toFinding(view, whole ? planned : { ...planned, id, reproduce: undefined }, judgement);
  });

/** Whatever was planned, as it stands so far; undefined where there is nothing to be said of it. */
export function findingOf(view: View, planned: Planned): Finding | undefined {
  const judgement = judgePlanned(view, planned);
  return judgement && toFinding(view, planned, believeClaim(view, planned, judgement));
}

/** A check over the whole history that found nothing to speak of yields no finding; a case always yields one. */
function judgePlanned(view: View, planned: Planned): Judgement | undefined {
  if (planned.kind === 'case') return judgeCase(view, planned);
  if (planned.kind === 'procedure') return judgeProcedure(view, planned);
  if (planned.kind === 'precondition') return judgePrecondition(view, planned.id);
  const check = historyChecks.find(({ name }) => name === planned.id);
  if (check) return check.judge(view);
  const rule = view.contract.form.find(({ id }) => id === planned.id);
  return rule ? judgeForm(view, rule) : { outcome: 'error', reason: 'No such check is known' };
}

function judgePrecondition(view: View, id: string): Judgement {
  if (id === KEPT_ITS_SCHEDULE) return view.traffic.judgeSchedule();
  const seen = view.all('precondition').find((event) => event.id === id);
  if (!seen) return { outcome: 'inconclusive', reason: 'It was planned and never looked at' };
  return { outcome: seen.holds ? 'pass' : 'fail', reason: seen.evidence };
}

function judgeForm(view: View, rule: FormRule): Judgement | undefined {
  let spoken = 0;
  let attempted = rule.attempted === undefined;
  let fault: Judgement | undefined;
  for (const { end, observed, request, connection } of view.exchanges) {
    if (end?.type !== 'answer' || !observed) continue;
    const remarks = rule.remarks(end, observed);
    if (remarks === undefined) continue;
    spoken += 1;
    attempted ||= rule.attempted?.(end) === true;
    if (remarks.length === 0 || fault) continue;
    const replica = connection.servedBy ?? connection.target;
    fault = {
      outcome: 'fail',
      reason: `${request.case}, "${request.label}"`,
      actual: remarks.join('; '),
      replica,
    };
  }
  if (fault) return { ...fault, absent: !attempted };
  return spoken > 0 ? { outcome: 'pass' } : undefined;
}

/** A claim waives an optional clause, and only where a probe found nothing that could be judged. */
function believeClaim(view: View, { clause }: Planned, judgement: Judgement): Judgement {
  const claimed = view.run.claims[clause];
  if (claimed === undefined || judgement.outcome !== 'fail') return judgement;
  const optional = view.contract.clauses.some(({ id, optional: may }) => id === clause && may === true);
  if (!optional) return judgement;
  if (judgement.absent === true)
    return { outcome: 'not-applicable', reason: `Claimed and probed: ${claimed}` };
  return { ...judgement, reason: `Claimed "${claimed}", but it is there: ${judgement.reason ?? ''}` };
}

/**
 * Where a precondition fails, a pass shows nothing. A failure stands: what a signer let in it let in. Where the oracle
 * itself is not to be trusted every verdict is void; where the harness fell behind, whatever came too late is.
 */
function doubtWhereUnfounded(findings: readonly Finding[]): Finding[] {
  const broken = findings.find((finding) => isPrecondition(finding) && finding.outcome !== 'pass');
  if (!broken) return [...findings];
  const isVoid = ({ outcome, actual }: Finding): boolean =>
    outcome === 'pass' ||
    (outcome === 'fail' &&
      (broken.clause === 'precondition/oracle' ||
        (broken.id === KEPT_ITS_SCHEDULE && actual?.startsWith(ACCEPTED) !== true)));
  return findings.map((finding) =>
    isPrecondition(finding) || !isVoid(finding)
      ? finding
      : {
          ...finding,
          outcome: 'inconclusive',
          reason: `Precondition ${broken.id} does not hold: ${broken.reason ?? ''}`,
        },
  );
}

function toFinding(view: View, planned: Planned, judgement: Judgement): Finding {
  const { outcome, expected, actual, replica } = judgement;
  const remark = outcome === 'fail' ? planned.remark : undefined;
  const reason = [judgement.reason, remark].filter((part) => part !== undefined).join('; ') || undefined;
  return {
    id: planned.id,
    clause: planned.clause,
    level: planned.level,
    outcome,
    ...(reason !== undefined && { reason }),
    ...(expected !== undefined && { expected }),
    ...(actual !== undefined && { actual }),
    ...(replica !== undefined && { replica }),
    reproduce: planned.reproduce ?? view.run.reproduce.replaceAll('{id}', planned.id),
    durationMs: durationOf(view, planned.id),
  };
}

function durationOf(view: View, id: string): number {
  const events = view.all('case').filter((event) => event.case === id);
  const first = events[0]?.at ?? 0;
  return Math.round((events.at(-1)?.at ?? first) - first);
}
