import type { Clause } from '../harness/contract/contract.ts';
import { isPrecondition, type Finding, type Outcome } from '../harness/judge/findings.ts';

/** What a finding means to whoever decides on a rotation, the weightiest first. */
export const standings = ['broken', 'in-doubt', 'not-met', 'undecided', 'not-applicable', 'kept'] as const;

export type Standing = (typeof standings)[number];

/** Only a MUST can break a rotation or leave it in doubt; a SHOULD is told and stops nobody. */
export const standingOf = ({ level, outcome }: Pick<Finding, 'level' | 'outcome'>): Standing =>
  standingAt[level][outcome];

const standingAt: Readonly<Record<Finding['level'], Readonly<Record<Outcome, Standing>>>> = {
  must: {
    pass: 'kept',
    fail: 'broken',
    inconclusive: 'in-doubt',
    'not-applicable': 'not-applicable',
    error: 'in-doubt',
  },
  should: {
    pass: 'kept',
    fail: 'not-met',
    inconclusive: 'undecided',
    'not-applicable': 'not-applicable',
    error: 'undecided',
  },
};

/** The findings of one standing, in the order of the run. */
export const ofStanding = (findings: readonly Finding[], standing: Standing): readonly Finding[] =>
  findings.filter((finding) => standingOf(finding) === standing);

/** Where one thing goes wrong everything after it is in doubt for the same reason, which is then worth saying once. */
export function sharedReasons(
  findings: readonly Finding[],
): readonly { readonly reason: string; readonly alike: readonly Finding[] }[] {
  return [...Map.groupBy(findings, ({ reason }) => reason)].flatMap(([reason, alike]) =>
    reason === undefined || alike.length < 4 ? [] : [{ reason, alike }],
  );
}

/** Of more findings than a few on one clause the first is worth a page, and the others a line each. */
export const worthInFull = (index: number, of: number): boolean => index === 0 || of <= 3;

/** Several findings speak for one clause: what is worst about it is what it comes to. */
export const worstStanding = (findings: readonly Finding[]): Standing | undefined => {
  const met = new Set(findings.map(standingOf));
  // That one case does not apply says little about a clause that another case saw kept.
  if (met.has('kept')) met.delete('not-applicable');
  return standings.find((standing) => met.has(standing));
};

/** The weightiest first; what was not judged is as weighty as a doubt. */
export const rankOf = (standing: Standing | undefined): number => standings.indexOf(standing ?? 'in-doubt');

/** What a clause promises, in the contract's words. */
export function sentenceOf(clause: string, clauses: readonly Clause[]): string {
  if (isPrecondition({ clause })) return 'What every verdict of this run rests on must hold.';
  return clauses.find(({ id }) => id === clause)?.sentence ?? '';
}

/** One word or two for a finding, as every format prints it. */
export const wordFor = (finding: Finding): string =>
  finding.outcome === 'error' ? 'error' : standingWords[standingOf(finding)];

export const standingWords: Readonly<Record<Standing, string>> = {
  broken: 'failed',
  'in-doubt': 'in doubt',
  'not-met': 'not met',
  undecided: 'undecided',
  'not-applicable': 'not applicable',
  kept: 'passed',
};

/** The same where there is room for one short word. */
export const shortWords: Readonly<Record<Standing, string>> = {
  ...standingWords,
  broken: 'FAIL',
  'in-doubt': 'doubt',
  'not-applicable': 'n/a',
  kept: 'pass',
};
