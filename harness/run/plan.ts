import type { Contract, Signing } from '../contract/contract.ts';
import { UsageError } from '../errors.ts';
import type { Planned } from '../judge/case.ts';
import { historyChecks } from '../judge/checks/list.ts';
import type { Chance } from '../seed.ts';
import type { Adapter } from '../signer/adapter.ts';
import type { ClientEntry } from '../signer/desired-state.ts';
import { Canaries } from './canaries.ts';
import { clientsOf, entriesOf, scoutFor, type PlannedClient } from './clients.ts';
import { makeCredentials, operatorsFor, serverCalled, type Credentials } from './credentials.ts';
import type { TopologyPlan } from './environment.ts';
import { preconditions } from './preconditions.ts';
import type { Scenario } from './scenario.ts';

/** Everything decided before anything starts, whatever is then played. */
export interface Plan<Client extends Signing> {
  readonly contract: Contract<unknown, unknown, unknown, Client>;
  readonly adapter: Adapter;
  readonly chance: Chance;
  readonly credentials: Credentials;
  readonly canaries: Canaries;
  readonly topologies: readonly TopologyPlan[];
  /** What the run sets out to judge, in the order of the report. */
  readonly planned: readonly Planned[];
}

/** A plan of cases that judge replicas at rest. */
export interface GatePlan<Client extends Signing> extends Plan<Client> {
  readonly cases: readonly CasePlan<Client>[];
}

export interface CasePlan<Client> {
  readonly scenario: Scenario<Client>;
  readonly topology: string;
  readonly clients: ReadonlyMap<string, PlannedClient>;
}

export const REPLICAS = ['replica-1', 'replica-2'] as const;

/** Composes topologies in whose first state every chosen case finds the clients, secrets and limits it needs. */
export async function makePlan<Client extends Signing>(wish: {
  contract: Contract<unknown, unknown, unknown, Client>;
  adapter: Adapter;
  scenarios: readonly Scenario<Client>[];
  checks: readonly string[] | 'all';
  /** Whether replicas ask for client certificates; they do unless told otherwise. */
  requireMtls?: boolean;
  chance: Chance;
}): Promise<GatePlan<Client>> {
  const { contract, adapter, chance } = wish;
  const canaries = new Canaries();
  const cases = place(
    wish.scenarios.map((scenario) => ({ scenario, clients: clientsOf(scenario, canaries) })),
  );
  const names = [...new Set(cases.map(({ topology }) => topology))].toSorted((a, b) => (a < b ? 1 : -1));
  const credentials = await credentialsFor(names, makeCredentials, canaries);
  const topologies = names.map((name) =>
    planTopology({
      name,
      adapter,
      credentials,
      canaries,
      clients: cases
        .filter(({ topology }) => topology === name)
        .flatMap((each) => entriesOf(each.clients.values())),
      limits: name.startsWith('short') ? 'short' : 'usual',
      requireMtls: wish.requireMtls ?? true,
    }),
  );
  const planned = [
    ...preconditions.map(plannedPrecondition),
    ...plannedCases(contract, cases),
    ...plannedChecks(contract, wish.checks),
  ];
  return { contract, adapter, chance, credentials, canaries, cases, topologies, planned };
}

/** Certificates for the replicas of these topologies, whose keys nobody may see. */
export async function credentialsFor(
  topologies: readonly string[],
  make: (replicas: readonly string[]) => Promise<Credentials>,
  canaries: Canaries,
): Promise<Credentials> {
  const replicas = topologies.flatMap((name) => REPLICAS.map((replica) => `${name}/${replica}`));
  const credentials = await make(replicas);
  for (const { identity } of credentials.servers) canaries.watchKey(identity.key);
  return credentials;
}

/** Two replicas in the same first state, which knows these clients and the harness's own. */
export function planTopology(wish: {
  name: string;
  adapter: Adapter;
  credentials: Credentials;
  canaries: Canaries;
  clients: readonly ClientEntry[];
  limits: keyof Adapter['limits'];
  requireMtls: boolean;
}): TopologyPlan {
  const { name, adapter, credentials, canaries, clients, requireMtls } = wish;
  const scout = scoutFor(name, canaries);
  return {
    name,
    adapter,
    operators: (state) => operatorsFor(state, credentials),
    serverTrust: credentials.serverTrust,
    redact: (text) => canaries.redact(text),
    replicas: REPLICAS.map((replica) => ({
      name: replica,
      state: {
        clients: [scout, ...clients],
        server: serverCalled('old', `${name}/${replica}`, credentials),
        clientTrust: credentials.trust,
        requireMtls,
        ...adapter.limits[wish.limits],
      },
    })),
  };
}

type Unplaced<Client> = Omit<CasePlan<Client>, 'topology'>;

/** They spend their time waiting, most of them with the usual limits: so many topologies at once are worth their start. */
const APART = { usual: 2, short: 1 } as const;

/**
 * Puts each case into a topology with its limits. A topology holds every client once: a case whose client id means
 * something else to another case there (`__proto__` registered and not) gets a further one.
 */
function place<Client>(cases: readonly Unplaced<Client>[]): CasePlan<Client>[] {
  const takenBy = new Map<string, Map<string, boolean>>();
  const turns = { usual: 0, short: 0 };
  return cases.map((each) => {
    const wanted = each.scenario.limits ?? 'usual';
    const lane = each.scenario.apart && 1 + (turns[wanted]++ % APART[wanted]);
    const limits = lane ? `${wanted}-apart-${lane}` : wanted;
    const clients = [...each.clients.values()].map(({ id, allowed }) => [id, allowed !== undefined] as const);
    for (let number = 1; ; number += 1) {
      const topology = number === 1 ? limits : `${limits}-${number}`;
      const taken = takenBy.get(topology) ?? new Map<string, boolean>();
      if (clients.some(([id, registered]) => clash(taken.get(id), registered))) continue;
      takenBy.set(topology, new Map([...taken, ...clients]));
      return { ...each, topology };
    }
  });
}

/** Two cases may both speak of a client that is not there; one that is there belongs to one case. */
const clash = (taken: boolean | undefined, registered: boolean): boolean =>
  taken !== undefined && (taken || registered);

export const plannedPrecondition = ({ id, clause }: { id: string; clause: string }): Planned => ({
  id,
  clause,
  level: 'must',
  kind: 'precondition',
  judgedBy: [],
});

function plannedCases<Client extends Signing>(
  { clauses }: Contract<unknown, unknown, unknown, Client>,
  cases: readonly CasePlan<Client>[],
): Planned[] {
  return cases.flatMap(({ scenario }) =>
    [scenario, ...(scenario.also ?? [])].map(({ clause: named, judgedBy = [] }) => {
      const clause = clauses.find(({ id }) => id === named);
      if (!clause)
        throw new UsageError(
          `Scenario ${scenario.id} speaks for clause ${named}, which the contract does not have`,
        );
      return {
        id: scenario.id,
        clause: clause.id,
        level: clause.level,
        kind: 'case' as const,
        judgedBy: [...judgedBy],
      };
    }),
  );
}

/** Checks over the whole history: those of the engine, and the contract's own on the form of answers. */
export function plannedChecks<Client extends Signing>(
  contract: Contract<unknown, unknown, unknown, Client>,
  chosen: readonly string[] | 'all',
): Planned[] {
  const levelOf = (clause: string): Planned['level'] =>
    contract.clauses.find(({ id }) => id === clause)?.level ?? 'must';
  const all = [
    ...historyChecks.map(({ name }) => ({ id: name as string, clause: contract.checked[name] })),
    ...contract.form.map(({ id, clause }) => ({ id, clause })),
  ];
  return all
    .filter(({ id }) => chosen === 'all' || chosen.includes(id))
    .map(({ id, clause }) => ({ id, clause, level: levelOf(clause), kind: 'check', judgedBy: [] }));
}
