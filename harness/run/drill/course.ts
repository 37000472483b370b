import type { Contract, Signing } from '../../contract/contract.ts';
import type { Procedure, Standing } from './procedure.ts';

/** One way through a procedure: to its end, or to a point from which it is taken back. */
export interface Course<Client extends Signing> {
  /** The procedure's id and, where it is taken back, from where and how. */
  readonly id: string;
  readonly procedure: Procedure<Client>;
  readonly turn?: TurningPoint;
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
  { procedure, turn }: Course<Client>,
  { drilled }: Pick<Contract<unknown, unknown, unknown, Client>, 'drilled'>,
): string[] {
  const servers = new Set(standingsOf(procedure).map(({ fleet }) => fleet.server));
  return [
    drilled['replicas-agree'],
    ...(turn ? [drilled['rollback-restores']] : []),
    ...(!turn && servers.size > 1 ? [drilled['server-certificate-shown']] : []),
  ];
}
