import type { Finding } from '../harness/judge/findings.ts';
import type { CaseTally, Death } from '../harness/judge/traffic/tally.ts';
import type { Course, Drill, RehearsedProcedure } from './drill.ts';
import { counted, duration } from './legible.ts';
import { rankOf, worstStanding, type Standing } from './standing.ts';
import { wrongIn } from './wrongs.ts';

/** What one course, or several, came to: the verdict and the figures that people ask for. */
export interface Measured {
  readonly standing: Standing | undefined;
  readonly findings: readonly Finding[];
  readonly durationMs: number;
  readonly served: number;
  readonly unserved: number;
  readonly longestGapMs: number;
  readonly wrong: number;
  /** Of the credentials that were removed, the one that some replica let in for longest; one past its bound before any other. */
  readonly death: Death | undefined;
}

export function measured(courses: readonly Course[], all: readonly Finding[]): Measured {
  const ids = new Set(courses.map(({ id }) => id));
  const findings = all.filter(({ id }) => ids.has(id));
  const tallies = courses.flatMap(({ tally }) => tally ?? []);
  const sum = (of: (tally: (typeof tallies)[number]) => number): number =>
    tallies.reduce((total, tally) => total + of(tally), 0);
  return {
    standing: worstStanding(findings),
    findings,
    durationMs: courses.reduce((total, { from, to }) => total + to - from, 0),
    served: sum(({ honest }) => honest.served),
    unserved: sum(({ honest }) => honest.unserved),
    longestGapMs: Math.max(0, ...tallies.map(({ honest }) => honest.longestGapMs)),
    wrong: sum(({ credentials }) => credentials.reduce((total, each) => total + wrongIn(each.counts), 0)),
    death: last(tallies.flatMap(deathsOf)),
  };
}

/** Honest clients go over to what counts: what was taken from them by then dies with others who still show it. */
export const deathsOf = ({ deaths, credentials }: CaseTally): readonly Death[] =>
  deaths.filter((death) => !credentials.some((each) => each.honest && each.credential === death.credential));

function last(deaths: readonly Death[]): Death | undefined {
  const late = deaths.filter(({ afterMs, boundMs }) => afterMs > boundMs);
  return (late.length > 0 ? late : deaths).toSorted((a, b) => b.afterMs - a.afterMs)[0];
}

/** Procedures with what they came to, what failed first and otherwise in the order of the run. */
export const byVerdict = (
  { procedures }: Drill,
  findings: readonly Finding[],
): readonly (RehearsedProcedure & { readonly came: Measured })[] =>
  procedures
    .map((procedure) => ({ ...procedure, came: measured(procedure.courses, findings) }))
    .toSorted((a, b) => rankOf(a.came.standing) - rankOf(b.came.standing));

/** How many of honest clients' requests were not served. */
export const refusalsInWords = ({ served, unserved }: Pick<Measured, 'served' | 'unserved'>): string =>
  served + unserved === 0 ? '–' : `${unserved} of ${served + unserved}`;

export const gapInWords = ({ served, longestGapMs }: Pick<Measured, 'served' | 'longestGapMs'>): string =>
  served === 0 ? '–' : duration(longestGapMs);

/** For how long the last replica let in what had been removed. */
export function deathInWords(death: Death | undefined): string {
  if (death === undefined) return '–';
  return `${duration(death.afterMs)} (${duration(death.boundMs)} allowed)`;
}

export const coursesInWords = ({ courses }: RehearsedProcedure): string => {
  const ran = courses.filter(({ steps }) => steps.length > 0).length;
  return ran === courses.length ? counted(ran, 'course') : `${ran} of ${counted(courses.length, 'course')}`;
};
