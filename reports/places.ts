import type { Finding } from '../harness/judge/findings.ts';
import type { Course, Drill } from './drill.ts';
import type { Suffered } from './suffered.ts';
import { moments } from './legible.ts';
import { wrongsInWords, wrongsOf, type Wrong } from './wrongs.ts';

/** Where on the page something is told, so that one part can lead to another. */
export interface Places {
  readonly ofFinding: (finding: Finding) => string;
  readonly ofFault: (name: string) => string;
  readonly ofProcedure: (id: string) => string;
  readonly ofCourse: (id: string) => string;
  /** The same, where this is one. */
  readonly courseOf: (id: string) => string | undefined;
  /** The number is the one that stands beside it. */
  readonly ofWrong: (course: string, number: number) => string;
  /** Where on its course's timeline a finding about a drill is to be seen. */
  readonly onTimeline: (finding: Finding) => { readonly anchor: string; readonly words: string } | undefined;
}

/** Anchors are numbers, since what a case or a clause may be called is nobody's promise. */
export function placesOf(
  findings: readonly Finding[],
  drill: Drill | undefined,
  suffered: readonly Suffered[],
): Places {
  const numbers = new Map(findings.map((finding, index) => [`${finding.id}\n${finding.clause}`, index + 1]));
  const procedures = drill?.procedures ?? [];
  const courses = procedures.flatMap((procedure) => procedure.courses);
  const ofCourse = (id: string): string => `course-${courses.findIndex((course) => course.id === id) + 1}`;
  const ofWrong = (course: string, number: number): string => `${ofCourse(course)}-wrong-${number}`;
  return {
    ofFinding: ({ id, clause }) => `finding-${numbers.get(`${id}\n${clause}`) ?? 0}`,
    ofFault: (name) => `fault-${suffered.findIndex(({ fault }) => fault === name) + 1}`,
    ofProcedure: (id) => `procedure-${procedures.findIndex((procedure) => procedure.id === id) + 1}`,
    ofCourse,
    courseOf: (id) => (courses.some((course) => course.id === id) ? ofCourse(id) : undefined),
    ofWrong,
    onTimeline: ({ id, clause, outcome }) => {
      const course = courses.find((each) => each.id === id);
      if (course === undefined || outcome === 'pass' || outcome === 'not-applicable') return undefined;
      const wrongs = wrongsOf(course);
      const first = wrongs.findIndex(({ clauses }) => clauses.includes(clause));
      const wrong = wrongs[first];
      return wrong === undefined || first >= WRONGS_SHOWN
        ? { anchor: ofCourse(id), words: 'See its timeline' }
        : { anchor: ofWrong(id, first + 1), words: `See it on the timeline ${sayWrong(course, wrong)}` };
    },
  };
}

/** More of them on one timeline are one on top of the other. */
export const WRONGS_SHOWN = 24;

const sayWrong = (course: Course, { from, credential, counts }: Wrong): string =>
  `at ${moments(from - course.from)}: ${credential}, ${wrongsInWords(counts)}`;
