import type { EventOf } from '../harness/judge/events.ts';
import type { Band } from '../harness/judge/faults.ts';
import type { CaseTally, Schedule } from '../harness/judge/traffic/tally.ts';
import type { View } from '../harness/judge/view.ts';
import { lanesOf, type Lane } from './lanes.ts';

/** What reports read of a history. */
export interface Told extends Pick<View, 'all' | 'run' | 'faults' | 'ofCase' | 'contract'> {
  readonly traffic: {
    tallies(): readonly CaseTally[];
    course(id: string): { told(): CaseTally | undefined } | undefined;
    schedule(): Schedule;
  };
}

/** A drill as it is told: its procedures in the order of the plan, and how well the traffic kept its schedule. */
export interface Drill {
  readonly procedures: readonly RehearsedProcedure[];
  readonly schedule: Schedule;
}

/** All courses of one procedure: carried out, and abandoned at each point of it. */
export interface RehearsedProcedure {
  readonly id: string;
  readonly courses: readonly Course[];
}

/** One course of a procedure. One that never began has an interval of no length and nothing in it. */
export interface Course {
  readonly id: string;
  readonly procedure: string;
  readonly from: number;
  readonly to: number;
  readonly steps: readonly Stretch[];
  readonly lanes: readonly Lane[];
  readonly windows: readonly Disturbance[];
  readonly faults: readonly Band[];
  /** Moments at which a replica did not survive its change. */
  readonly casualties: readonly Disturbance[];
  readonly streams: readonly EventOf<'stream'>[];
  readonly tally?: CaseTally;
}

/** A step, or the way back over one, from its beginning until every replica had taken it. */
export interface Stretch {
  readonly step: string;
  readonly sentence: string;
  readonly runbook: readonly string[];
  readonly direction: 'forward' | 'back';
  /** Its place in the procedure; the way back over it has the same, and the way straight back none. */
  readonly number?: number;
  readonly from: number;
  readonly to: number;
  /** It was left with one replica changed and the other not. */
  readonly unfinished: boolean;
}

/** Something we did to a replica. */
export interface Disturbance {
  readonly what: string;
  readonly replica?: string;
  readonly from: number;
  readonly to: number;
}

/** Undefined for a run that rehearsed nothing. */
export function drillOf(view: Told): Drill | undefined {
  const ids = coursesPlanned(view);
  if (ids.length === 0) return undefined;
  const tallies = new Map(view.traffic.tallies().map((tally) => [tally.case, tally]));
  const courses = ids.map((id) => courseOf(view, id, tallies.get(id)));
  const procedures = [...Map.groupBy(courses, ({ procedure }) => procedure)].map(([id, within]) => ({
    id,
    courses: within,
  }));
  return { procedures, schedule: view.traffic.schedule() };
}

/** In the order of the plan. */
export const coursesPlanned = ({ run }: Pick<Told, 'run'>): readonly string[] => [
  ...new Set(run.planned.flatMap(({ id, kind }) => (kind === 'procedure' ? [id] : []))),
];

/** A course as the record has it; one that is still under way ends at `until`. */
export function courseOf(
  view: Pick<Told, 'all' | 'faults'>,
  id: string,
  tally: CaseTally | undefined,
  until?: number,
): Course {
  const cases = view.all('case').filter((event) => event.case === id);
  const begun = cases.find(({ phase }) => phase === 'begun');
  const from = Math.min(begun?.at ?? Infinity, tally?.from ?? Infinity);
  const ended = cases.find(({ phase }) => phase === 'ended');
  const steps = view.all('step').filter((event) => event.case === id);
  // What is tidied up after the last answer is nobody's concern.
  const to = until ?? (tally ? Math.max(tally.to, steps.at(-1)?.at ?? 0) : (ended?.at ?? from));
  const named = { id, procedure: procedureOf(id) };
  if (begun === undefined || to <= from) {
    return {
      ...named,
      from: 0,
      to: 0,
      steps: [],
      lanes: [],
      windows: [],
      faults: [],
      casualties: [],
      streams: [],
    };
  }
  const { topology } = begun;
  const here = <T extends { at: number; topology: string }>(events: readonly T[]): readonly T[] =>
    events.filter((event) => event.topology === topology && event.at >= from && event.at <= to);
  return {
    ...named,
    from,
    to,
    steps: stretches(steps, to),
    lanes: lanesOf(view.all('state'), topology, { from, to }),
    windows: intervals(here(view.all('window')), {
      what: ({ replica, why }) => ({ replica, what: why }),
      same: ({ replica }) => replica,
      opens: 'opened',
      closes: 'closed',
      to,
    }),
    faults: view.faults.all.filter(
      (fault) => fault.topology === topology && fault.injecting >= from && fault.injecting <= to,
    ),
    casualties: view
      .all('casualty')
      .filter((event) => event.case === id)
      .map(({ replica, evidence, at }) => ({ replica, what: evidence, from: at, to: at })),
    streams: view.all('stream').filter((event) => event.case === id),
    ...(tally !== undefined && { tally }),
  };
}

/** A procedure's id is in kebab case; whatever follows it in the id of a course says which course it is. */
export const procedureOf = (course: string): string => /^[a-z\d-]+/.exec(course)?.[0] ?? course;

/** What a course was, in words: how far it went and how it came back. */
export function wayOf({ steps }: Pick<Course, 'steps'>): string {
  const forth = steps.filter(({ direction }) => direction === 'forward');
  const back = steps.filter(({ direction }) => direction === 'back');
  const last = forth.at(-1);
  if (last === undefined) return 'Did not run';
  const step = `step ${last.number}, ${last.step}`;
  if (back.length === 0) return last.unfinished ? `Stopped in the middle of ${step}` : 'Carried out';
  const where = `${last.unfinished ? 'in the middle of' : 'after'} ${step}`;
  const straight = back.some(({ number }) => number === undefined);
  return `Abandoned ${where}; ${straight ? 'straight back' : 'undone in reverse'}`;
}

function stretches(events: readonly EventOf<'step'>[], to: number): Stretch[] {
  const numbers = new Map<string, number>();
  return events.flatMap((event, index) => {
    if (event.phase !== 'begun') return [];
    const { step, sentence, runbook, direction, at: from } = event;
    if (direction === 'forward' && !numbers.has(step)) numbers.set(step, numbers.size + 1);
    const number = numbers.get(step);
    const later = events.slice(index + 1);
    const next = later.findIndex(({ phase }) => phase === 'begun');
    const own = next === -1 ? later : later.slice(0, next);
    const ended = own.find(({ phase }) => phase === 'ended');
    const end = ended?.at ?? later[next]?.at ?? to;
    const told = { step, sentence, runbook, direction, from, to: end, unfinished: ended === undefined };
    return [number === undefined ? told : { ...told, number }];
  });
}

function intervals<T extends { at: number; phase: string }>(
  events: readonly T[],
  how: {
    readonly what: (event: T) => Pick<Disturbance, 'what' | 'replica'>;
    readonly same: (event: T) => string;
    readonly opens: string;
    readonly closes: string;
    readonly to: number;
  },
): Disturbance[] {
  return events.flatMap((event, index) => {
    if (event.phase !== how.opens) return [];
    const closed = events
      .slice(index + 1)
      .find((later) => how.same(later) === how.same(event) && later.phase === how.closes);
    return [{ ...how.what(event), from: event.at, to: closed?.at ?? how.to }];
  });
}
