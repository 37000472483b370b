import { referenceAdapter } from '../../environments/signers/list.ts';
import { clausesOfTheWhole, coursesOf, troubledCoursesOf } from '../../harness/run/drill/course.ts';
import { signerAuthV1 } from '../../harness/contract/signer-auth-v1/signer-auth-v1.ts';
import { choose, type Choosable } from '../../harness/run/choose.ts';
import { runDrill } from '../../harness/run/drill/drill.ts';
import { trafficPrecondition } from '../../harness/run/preconditions.ts';
import { loadAdapter } from '../../harness/signer/adapter.ts';
import { procedures } from '../../suites/rotation/list.ts';
import { troubles } from '../../suites/rotation/troubles.ts';
import { beyondCases } from '../chosen.ts';
import { conduct } from '../conduct.ts';
import type { DrillOptions } from '../drill.ts';
import * as options from '../options.ts';

export async function drill(wish: DrillOptions): Promise<number> {
  const adapter = await loadAdapter(wish.signer ?? referenceAdapter);
  const signer = wish.signer === undefined ? '' : ` --signer ${options.quoted(wish.signer)}`;
  const { courses, checks } = chosenCourses(wish.only);
  return conduct({
    ...wish,
    kind: 'drill',
    adapter,
    checks,
    cases: courses.length,
    play: (order) =>
      runDrill({
        ...order,
        procedures: procedures.filter((procedure) =>
          everyCourseOf(procedure).some(({ id }) => courses.includes(id)),
        ),
        troubles,
        courses,
      }),
    again: `npx keydrill drill${signer}`,
  });
}

const everyCourseOf = (procedure: (typeof procedures)[number]) => [
  ...coursesOf(procedure),
  ...troubledCoursesOf(procedure, troubles),
];

/** Courses in whose midst something is broken; they are only walked where they are named, or a tag of theirs. */
export const troubledChoices = (): Choosable[] =>
  procedures.flatMap((procedure) =>
    troubledCoursesOf(procedure, troubles).map(({ id, trouble }) => ({
      id,
      clause: id,
      tags: ['chaos', `chaos-${procedure.id}`, ...(trouble ? [trouble.fault.name] : [])],
    })),
  );

/** Every other course, by its own id, its procedure's, a tag, or a clause that it speaks for. */
export const courseChoices = (): Choosable[] =>
  procedures.flatMap((procedure) =>
    coursesOf(procedure).map((course) => ({
      id: course.id,
      clause: procedure.id,
      tags: [
        ...procedure.tags,
        ...new Set([
          ...procedure.streams.flatMap(({ clauses }) => [clauses.accepted, clauses.refused]),
          ...clausesOfTheWhole(course, signerAuthV1),
        ]),
      ],
    })),
  );

/** What has no course of its own is named to see it again; all courses are walked for it. */
const beyondCourses = (): Choosable[] => [...beyondCases(), trafficPrecondition];

function chosenCourses(names: readonly string[] = []) {
  const all = courseChoices();
  const onDemand = names.length > 0 ? troubledChoices() : [];
  const remedy = 'See `keydrill list courses` for every procedure, course and tag';
  const picked = choose<Choosable>([...all, ...onDemand, ...beyondCourses()], names, remedy).map(
    ({ id }) => id,
  );
  const courses = [...all, ...onDemand].map(({ id }) => id).filter((id) => picked.includes(id));
  return { courses: courses.length > 0 ? courses : all.map(({ id }) => id), checks: picked };
}
