import type { EventOf } from '../events.ts';
import { faultsOf } from '../faults.ts';
import { dueAfter, stalledWithin } from '../standstill.ts';
import type { View } from '../view.ts';
import { ofAttempt, type CaseCheck } from './check.ts';

/** An optional thing that is there tells the truth each time it is asked; one that is not there is told apart. */
export const toldTruth: CaseCheck = {
  name: 'told-truth',
  judge(view, attempt) {
    const probes = ofAttempt(view.all('probe'), attempt);
    if (probes.length === 0) return { outcome: 'inconclusive', reason: 'Nothing was probed' };
    const wanting =
      probes.find(({ present }) => !present) ?? probes.find(({ truthful }) => truthful !== true);
    if (!wanting) return { outcome: 'pass' };
    // It was asked about a state of things that nobody saw come about.
    if (wanting.present && faultsOf(view, attempt).some(({ witnessed }) => !Number.isFinite(witnessed)))
      return {
        outcome: 'inconclusive',
        reason: `Nobody witnessed what it was asked about: ${wanting.evidence}`,
      };
    const [begun] = ofAttempt(view.all('case'), attempt);
    if (begun && wanting.source === 'replica' && mayHaveMissed(view, begun, wanting.at))
      return { outcome: 'inconclusive', reason: `Somebody stood still: ${wanting.evidence}` };
    return { outcome: 'fail', reason: wanting.evidence, ...(!wanting.present && { absent: true }) };
  },
};

/** Whoever stood still since the case began, or before it and has not caught up, says what is true for him. */
function mayHaveMissed(view: View, { topology, at }: EventOf<'case'>, to: number): boolean {
  const place = { topology, replica: null };
  const healed = view.faults.all
    .filter((band) => band.topology === topology && band.healed <= at)
    .reduce((latest, band) => Math.max(latest, band.healed), -Infinity);
  const bound = view.run.bounds.recoversWithinMs;
  const catchingUp = dueAfter(view, { ...place, from: healed, to: healed + bound }) > at;
  return stalledWithin(view, { ...place, from: catchingUp ? healed : at, to });
}
