import { ofAttempt, type CaseCheck } from './check.ts';

/** An optional thing that is there tells the truth each time it is asked; one that is not there is told apart. */
export const toldTruth: CaseCheck = {
  name: 'told-truth',
  judge(view, attempt) {
    const probes = ofAttempt(view.all('probe'), attempt);
    if (probes.length === 0) return { outcome: 'inconclusive', reason: 'Nothing was probed' };
    const absent = probes.find(({ present }) => !present);
    if (absent) return { outcome: 'fail', reason: absent.evidence, absent: true };
    const lie = probes.find(({ truthful }) => truthful !== true);
    return lie ? { outcome: 'fail', reason: lie.evidence } : { outcome: 'pass' };
  },
};
