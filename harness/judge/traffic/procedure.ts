import type { DrillCheckName } from '../../contract/contract.ts';
import { harnessTrouble, unwitnessed, worst, type Planned } from '../case.ts';
import type { EventOf } from '../events.ts';
import { twice } from '../checks/never-accepted-twice.ts';
import type { Judgement } from '../findings.ts';
import type { View } from '../view.ts';
import type { CourseRecord } from './course-record.ts';
import { acceptance } from './spending.ts';

/** Said of a clause that a course may or may not come to decide: without a request that does there is no finding. */
export const IF_MET = 'if-met';

/** One clause over one course: what its requests decided, and what no single one of them could. */
export function judgeProcedure(view: View, planned: Planned): Judgement | undefined {
  if (planned.notApplicable !== undefined)
    return { outcome: 'not-applicable', reason: planned.notApplicable };
  const begun = view.all('case').find(({ case: id }) => id === planned.id);
  const course = view.traffic.course(planned.id);
  const decided = begun ? decide(view, planned, course) : [];
  const isMet = decided.some(({ outcome }) => outcome !== 'inconclusive');
  if (!isMet && planned.judgedBy.includes(IF_MET)) return undefined;
  if (!begun) return { outcome: 'inconclusive', reason: 'It was planned and never ran' };
  const undecided: Judgement = { outcome: 'inconclusive', reason: whyUndecided(view, begun) };
  const doubts = unwitnessed(view, begun);
  return worst([...harnessTrouble(view, begun), ...(decided.length > 0 ? decided : [undecided]), ...doubts]);
}

function decide(view: View, { id, clause }: Planned, course: CourseRecord | undefined): Judgement[] {
  const speaking = (Object.keys(checks) as DrillCheckName[]).filter(
    (name) => view.contract.drilled[name] === clause,
  );
  return [
    course?.judgeClause(clause) ?? [],
    ...speaking.map((name) => checks[name](view, id, course) ?? []),
  ].flat();
}

/** What the streams of a course decide together. */
const checks: Readonly<
  Record<DrillCheckName, (view: View, id: string, course: CourseRecord | undefined) => Judgement | undefined>
> = {
  'replicas-agree': (_view, _id, course) => course?.judgeAgreement(),
  'rollback-restores': (_view, _id, course) => course?.judgeReturn(),
  'never-accepted-twice': (view, id) => {
    const pair = view.traffic.acceptedTwice(id);
    return pair && twice(acceptance(pair[0]), acceptance(pair[1]));
  },
  'server-certificate-shown': (_view, _id, course) => course?.servers.judge(),
  'changes-survived': (view, id) => {
    const casualty = casualtyOf(view, id);
    return casualty && { outcome: 'fail', reason: casualty.evidence, replica: casualty.replica };
  },
};

const casualtyOf = (view: View, id: string) => view.all('casualty').find((event) => event.case === id);

/** The replica that is missing in a topology since an earlier course: nothing can be rehearsed there any more. */
export const missingAt = (view: Pick<View, 'all'>, topology: string): EventOf<'casualty'> | undefined =>
  view.all('casualty').find((event) => event.topology === topology && event.forGood === true);

function whyUndecided(view: View, begun: EventOf<'case'>): string {
  const casualty = casualtyOf(view, begun.case);
  if (casualty) return `No request decided it before it broke off: ${casualty.evidence}`;
  const missing = missingAt(view, begun.topology);
  return missing
    ? `${missing.replica} could not be started anew after ${missing.case}: ${missing.evidence}`
    : 'No request that was sent decides it';
}
