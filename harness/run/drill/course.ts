import type { Contract, Signing } from '../../contract/contract.ts';
import type { Fault } from '../../faults/fault.ts';
import type { Procedure, Standing } from './procedure.ts';

/** One way through a procedure: to its end, or to a point from which it is taken back. */
export interface Course<Client extends Signing> {
  /** The procedure's id and, where it is taken back, from where and how. */
  readonly id: string;
  readonly procedure: Procedure<Client>;
  readonly turn?: TurningPoint;
  readonly trouble?: Trouble;
}

/** A fault in the midst of a course. */
export interface Trouble {
  readonly fault: Fault;
  /** The step in the middle of which it comes, by its index, or the whole way back. */
  readonly during: number | 'way-back';
}

export interface TurningPoint {
  /** How many steps were done. */
  readonly done: number;
  /** Whether one replica has already been given the step after them. */
  readonly halfRolled: boolean;
  /** Step by step, or all replicas straight back to where they stood at first. */
  readonly way: 'in-reverse' | 'at-once';
}

/** Every course of a procedure: to the end, and back from every point where somebody may lose heart. */
export function coursesOf<Client extends Signing>(procedure: Procedure<Client>): Course<Client>[] {
  const turns = procedure.steps.flatMap(({ id, fleet }, index) => [
    ...(fleet ? bothWays(`half-of-${id}`, { done: index, halfRolled: true }) : []),
    ...bothWays(`after-${id}`, { done: index + 1, halfRolled: false }),
  ]);
  return [
    { id: `${procedure.id}.to-the-end`, procedure },
    ...turns.map(({ name, ...turn }) => ({ id: `${procedure.id}.${name}`, procedure, turn })),
  ];
}

/** Through each step while a fault comes in the middle of it, and back from after each step while the fault is on. */
export const troubledCoursesOf = <Client extends Signing>(
  procedure: Procedure<Client>,
  faults: readonly Fault[],
): Course<Client>[] =>
  faults.flatMap((fault) =>
    procedure.steps.flatMap(({ id }, index): Course<Client>[] => [
      {
        id: `${procedure.id}.through-${id}-with-${fault.name}`,
        procedure,
        trouble: { fault, during: index },
      },
      {
        id: `${procedure.id}.back-at-once-after-${id}-with-${fault.name}`,
        procedure,
        turn: { done: index + 1, halfRolled: false, way: 'at-once' },
        trouble: { fault, during: 'way-back' },
      },
    ]),
  );

const bothWays = (point: string, where: Pick<TurningPoint, 'done' | 'halfRolled'>) =>
  (['in-reverse', 'at-once'] as const).map((way) => ({ name: `back-${way}-${point}`, ...where, way }));

/** Where everybody stands before the first step, after it, after the second, and so on. */
export function standingsOf<Client extends Signing>({ start, steps }: Procedure<Client>): Standing[] {
  const standings = [start];
  let { fleet, use } = start;
  for (const step of steps) {
    fleet = step.fleet?.(fleet) ?? fleet;
    use = step.use?.(use) ?? use;
    standings.push({ fleet, use });
  }
  return standings;
}

/** The clauses that a course decides as a whole, besides those for which its streams speak. */
export function clausesOfTheWhole<Client extends Signing>(
  { procedure, turn, trouble }: Course<Client>,
  { drilled, failsClosed }: Pick<Contract<unknown, unknown, unknown, Client>, 'drilled' | 'failsClosed'>,
): string[] {
  const servers = new Set(standingsOf(procedure).map(({ fleet }) => fleet.server));
  return [
    drilled['replicas-agree'],
    ...(turn ? [drilled['rollback-restores']] : []),
    ...(trouble?.fault.store === 'away' ? [failsClosed] : []),
    ...(!turn && servers.size > 1 ? [drilled['server-certificate-shown']] : []),
  ];
}
