import { isPrecondition, type Finding } from '../judge/findings.ts';
import type { Run } from './carry-out.ts';

/**
 * What a run says against a signer that is known to be correct. Nothing of a run in which nobody stood still may be in
 * doubt; where somebody did, doubt is what was promised, and a failure still is a false alarm.
 */
export function falseAlarms({ view, findings, trouble }: Run): readonly Finding[] {
  if (trouble !== undefined) throw trouble;
  const stoodStill = view.standstills.known > 0;
  const excused = (finding: Finding): boolean =>
    stoodStill &&
    (finding.outcome === 'inconclusive' || (isPrecondition(finding) && finding.outcome === 'fail'));
  return findings.findings.filter(
    (finding) => finding.outcome !== 'pass' && finding.outcome !== 'not-applicable' && !excused(finding),
  );
}
