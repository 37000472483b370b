import type { Signing } from '../../contract/contract.ts';
import type { Fault } from '../../faults/fault.ts';
import { findingOf } from '../../judge/judge.ts';
import { carryOut, type Run, type RunOrder } from '../carry-out.ts';
import type { Ground, OpenTopology } from '../ground.ts';
import { makeDrillPlan, type CoursePlan, type DrillPlan } from './plan.ts';
import type { Procedure } from './procedure.ts';
import { walk } from './walk.ts';

/** Which rotations are to be rehearsed under traffic. */
export interface DrillOrder<Client extends Signing> extends RunOrder<Client> {
  readonly procedures: readonly Procedure<Client>[];
  /** What may come in the midst of a course. */
  readonly troubles?: readonly Fault[];
  /** Ids of courses; where none is named, all in whose midst nothing comes. */
  readonly courses: readonly string[] | 'all';
}

export const runDrill = <Client extends Signing>(order: DrillOrder<Client>): Promise<Run> =>
  carryOut(order, (chance) => makeDrillPlan({ ...order, chance }), walkCourses);

/** Two topologies beside each other, which is what two cores carry; on each, one course after the other. */
async function walkCourses<Client extends Signing>(ground: Ground<Client, DrillPlan<Client>>): Promise<void> {
  const waiting = [...ground.topologies];
  const inTurn = async (): Promise<void> => {
    for (let place = waiting.shift(); place; place = waiting.shift()) await walkOn(place, ground);
  };
  // Nothing may go on in the background while the topologies go down.
  const settled = await Promise.allSettled([inTurn(), inTurn()]);
  const failed = settled.find((each) => each.status === 'rejected');
  if (failed) throw failed.reason;
}

async function walkOn<Client extends Signing>(
  place: OpenTopology,
  ground: Ground<Client, DrillPlan<Client>>,
): Promise<void> {
  for (const course of ground.plan.courses.filter(({ topology }) => topology === place.topology.name)) {
    await walk(course, place, ground);
    tellFindings(course, ground);
  }
}

function tellFindings<Client extends Signing>(
  { course }: CoursePlan<Client>,
  { plan, view, audience }: Ground<Client, DrillPlan<Client>>,
): void {
  for (const planned of plan.planned.filter(({ id, kind }) => kind === 'procedure' && id === course.id)) {
    const finding = findingOf(view, planned);
    if (finding) audience.judged(finding);
  }
}
