import type { Contract, Signing } from '../../contract/contract.ts';
import { UsageError } from '../../errors.ts';
import type { Fault } from '../../faults/fault.ts';
import type { Planned } from '../../judge/case.ts';
import { IF_MET } from '../../judge/traffic/procedure.ts';
import type { Chance } from '../../seed.ts';
import type { Adapter } from '../../signer/adapter.ts';
import { Canaries } from '../canaries.ts';
import { clientsOf, entriesOf, type PlannedClient } from '../clients.ts';
import { makeDrillCredentials } from '../credentials.ts';
import { credentialsFor, plannedChecks, plannedPrecondition, planTopology, type Plan } from '../plan.ts';
import { preconditions, trafficPrecondition } from '../preconditions.ts';
import { clausesOfTheWhole, coursesOf, standingsOf, troubledCoursesOf, type Course } from './course.ts';
import { clausesDecided, type Foresight } from './expects.ts';
import type { Procedure } from './procedure.ts';

/** A plan of courses that rehearse rotations. */
export interface DrillPlan<Client extends Signing> extends Plan<Client> {
  readonly courses: readonly CoursePlan<Client>[];
}

export interface CoursePlan<Client extends Signing> {
  readonly course: Course<Client>;
  readonly topology: string;
  readonly clients: ReadonlyMap<string, PlannedClient>;
}

/** Composes topologies on which every chosen course finds the clients and certificates it needs. */
export async function makeDrillPlan<Client extends Signing>(wish: {
  contract: Contract<unknown, unknown, unknown, Client>;
  adapter: Adapter;
  procedures: readonly Procedure<Client>[];
  /** What may come in their midst. */
  troubles?: readonly Fault[];
  /** Ids of courses; where none is named, all in whose midst nothing comes. */
  courses: readonly string[] | 'all';
  checks: readonly string[] | 'all';
  chance: Chance;
}): Promise<DrillPlan<Client>> {
  const { contract, adapter, chance, procedures } = wish;
  const canaries = new Canaries();
  // The courses of a procedure share its clients: each leaves them as it found them.
  const clients = new Map(procedures.map((procedure) => [procedure.id, clientsOf(procedure, canaries)]));
  const names = [...new Set(procedures.map(topologyOf))];
  const credentials = await credentialsFor(names, makeDrillCredentials, canaries);
  const topologies = names.map((name) =>
    planTopology({
      name,
      adapter,
      credentials,
      canaries,
      clients: procedures
        .filter((procedure) => topologyOf(procedure) === name)
        .flatMap(({ id }) => entriesOf(clients.get(id)!.values())),
      limits: name === 'short' ? 'short' : 'usual',
      requireMtls: true,
    }),
  );
  const courses = procedures.flatMap((procedure) =>
    [...coursesOf(procedure), ...troubledCoursesOf(procedure, wish.troubles ?? [])]
      .filter(({ id, trouble }) => (wish.courses === 'all' ? !trouble : wish.courses.includes(id)))
      .map((course) => ({ course, topology: topologyOf(procedure), clients: clients.get(procedure.id)! })),
  );
  const planned = [
    ...[...preconditions, trafficPrecondition].map(plannedPrecondition),
    ...courses.flatMap((each) => {
      const topology = topologies.find(({ name }) => name === each.topology)!;
      return plannedClauses(each, { contract, adapter, credentials, clients: each.clients, topology });
    }),
    ...plannedChecks(contract, wish.checks),
  ];
  return { contract, adapter, chance, credentials, canaries, courses, topologies, planned };
}

/** What changes secrets disturbs nobody who changes certificates, so they may run beside each other. */
function topologyOf<Client extends Signing>({ limits, start, steps }: Procedure<Client>): string {
  if (limits === 'short') return 'short';
  const touches = steps.some(({ fleet, use }) => {
    const [after, used] = [fleet?.(start.fleet) ?? start.fleet, use?.(start.use) ?? start.use];
    return (
      after.trust !== start.fleet.trust ||
      after.server !== start.fleet.server ||
      used.identity !== start.use.identity ||
      used.trust !== start.use.trust
    );
  });
  return touches ? 'certificates' : 'secrets';
}

/** One finding for each clause that a course must decide; those it may decide besides are found where they are met. */
function plannedClauses<Client extends Signing>(
  { course }: CoursePlan<Client>,
  foresight: Foresight<Client>,
): Planned[] {
  const { procedure, turn } = course;
  const { clauses, drilled, overlap } = foresight.contract;
  const standings = standingsOf(procedure);
  // Whoever turns back waits for nothing on the way; only where he ends does he stay until everything is decided.
  const decided = clausesDecided(procedure.streams, turn ? standings.slice(0, 1) : standings, foresight);
  for (const clause of clausesOfTheWhole(course, foresight.contract)) decided.add(clause);
  const spoken = procedure.streams.flatMap((stream) => [stream.clauses.accepted, stream.clauses.refused]);
  return [...new Set([...decided, ...spoken, ...Object.values(drilled)])].map((name) => {
    const clause = clauses.find(({ id }) => id === name);
    if (!clause)
      throw new UsageError(
        `Procedure ${procedure.id} speaks for clause ${name}, which the contract does not have`,
      );
    return {
      id: course.id,
      clause: name,
      level: clause.level,
      kind: 'procedure',
      judgedBy: decided.has(name) ? [] : [IF_MET],
      ...(name === overlap && foresight.adapter.secretsPerClient === 1 && { remark: ONE_SECRET }),
    };
  });
}

/** What it means that an adapter says so. */
const ONE_SECRET =
  'this signer holds one secret for each client, so there is no moment at which clients with the old and clients with the new one are both served: a rotation costs downtime';
