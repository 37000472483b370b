import { z } from 'zod';

/** The clause was kept, was broken, could not be decided, does not apply, or the harness itself was in trouble. */
export const outcomes = ['pass', 'fail', 'inconclusive', 'not-applicable', 'error'] as const;

export const findingSchema = z.strictObject({
  /** The scenario, check or precondition. */
  id: z.string(),
  clause: z.string(),
  level: z.enum(['must', 'should']),
  outcome: z.enum(outcomes),
  reason: z.string().optional(),
  expected: z.string().optional(),
  actual: z.string().optional(),
  replica: z.string().optional(),
  reproduce: z.string(),
  durationMs: z.number(),
});

export type Finding = z.infer<typeof findingSchema>;
export type Outcome = Finding['outcome'];

const count = z.int().min(0);
const counts = z.strictObject(
  Object.fromEntries(outcomes.map((outcome) => [outcome, count])) as Record<Outcome, typeof count>,
);

export const findingsFileSchema = z.strictObject({
  findings: z.array(findingSchema),
  totals: z.strictObject({ must: counts, should: counts, all: count, exitCode: z.int() }),
});

export type FindingsFile = z.infer<typeof findingsFileSchema>;

/** A finding before it is known how to reproduce it and how long it took. */
export type Judgement = Pick<Finding, 'outcome'> &
  Partial<Pick<Finding, 'reason' | 'expected' | 'actual' | 'replica'>> & {
    /** The optional thing is not there at all, so a claim that says so may be believed. */
    readonly absent?: boolean;
  };

/** Counts findings and draws the one conclusion a pipeline acts on. */
export function conclude(findings: readonly Finding[]): FindingsFile {
  const totals = { must: countOutcomes(findings, 'must'), should: countOutcomes(findings, 'should') };
  return {
    findings: [...findings],
    totals: { ...totals, all: findings.length, exitCode: exitCode(findings) },
  };
}

/** 1: a MUST failed; 4: a MUST is in doubt, or nothing was judged; 0: every MUST that applies passed. */
function exitCode(findings: readonly Finding[]): 0 | 1 | 4 {
  const musts = findings.filter(({ level }) => level === 'must');
  if (musts.some((finding) => finding.outcome === 'fail' && !isPrecondition(finding))) return 1;
  // A precondition that fails is no fault of the signer's: it leaves everything else in doubt.
  if (musts.some(({ outcome }) => doubtful.has(outcome))) return 4;
  // Preconditions alone show that a judgement was possible, not that one was made.
  const judged = findings.some((finding) => finding.outcome === 'pass' && !isPrecondition(finding));
  return judged ? 0 : 4;
}

const doubtful: ReadonlySet<Outcome> = new Set(['fail', 'inconclusive', 'error']);

/** Whether a finding is about what a judgement rests on, and not about the signer. */
export const isPrecondition = ({ clause }: Pick<Finding, 'clause'>): boolean =>
  clause.startsWith('precondition/');

function countOutcomes(findings: readonly Finding[], level: Finding['level']): Record<Outcome, number> {
  const at = (outcome: Outcome): number =>
    findings.filter((finding) => finding.level === level && finding.outcome === outcome).length;
  return {
    pass: at('pass'),
    fail: at('fail'),
    inconclusive: at('inconclusive'),
    'not-applicable': at('not-applicable'),
    error: at('error'),
  };
}
