import type { Contract, Signing } from '../contract/contract.ts';
import { UsageError } from '../errors.ts';
import type { Planned } from '../judge/case.ts';
import { historyChecks } from '../judge/checks/list.ts';
import type { Chance } from '../seed.ts';
import { unguessable } from '../seed.ts';
import type { Adapter } from '../signer/adapter.ts';
import type { ClientEntry } from '../signer/desired-state.ts';
import { Secret } from '../signer/secret.ts';
import { Canaries } from './canaries.ts';
import { makeCredentials, type Credentials } from './credentials.ts';
import type { TopologyPlan } from './environment.ts';
import { preconditions } from './preconditions.ts';
import type { ClientNeed, Scenario } from './scenario.ts';

/** Everything decided before anything starts. */
export interface Plan<Client extends Signing> {
  readonly contract: Contract<unknown, unknown, unknown, Client>;
  readonly adapter: Adapter;
  readonly chance: Chance;
  readonly credentials: Credentials;
  readonly canaries: Canaries;
  readonly cases: readonly CasePlan<Client>[];
  readonly topologies: readonly TopologyPlan[];
  /** What the run sets out to judge, in the order of the report. */
  readonly planned: readonly Planned[];
}

export interface CasePlan<Client> {
  readonly scenario: Scenario<Client>;
  readonly topology: string;
  readonly clients: ReadonlyMap<string, PlannedClient>;
}

export interface PlannedClient {
  readonly id: string;
  /** In the signer's list, in order; undefined where the client is not registered. */
  readonly allowed: readonly Secret[] | undefined;
  readonly secrets: Readonly<Record<string, Secret>>;
}

export const REPLICAS = ['replica-1', 'replica-2'] as const;

/** A client of the harness itself, with which it finds out whether there is anything to judge. */
export const SCOUT = 'keydrill-scout';

/** Composes topologies in whose first state every chosen case finds the clients, secrets and limits it needs. */
export async function makePlan<Client extends Signing>(wish: {
  contract: Contract<unknown, unknown, unknown, Client>;
  adapter: Adapter;
  scenarios: readonly Scenario<Client>[];
  checks: readonly string[] | 'all';
  /** Whether replicas ask for client certificates; they do unless told otherwise. */
  requireMtls?: boolean;
  chance: Chance;
}): Promise<Plan<Client>> {
  const { contract, adapter, chance } = wish;
  const canaries = new Canaries();
  const cases = place(
    wish.scenarios.map((scenario) => ({ scenario, clients: clientsOf(scenario, canaries) })),
  );
  const names = [...new Set(cases.map(({ topology }) => topology))].toSorted((a, b) => (a < b ? 1 : -1));
  const credentials = await makeCredentials(
    names.flatMap((name) => REPLICAS.map((replica) => `${name}/${replica}`)),
  );
  for (const { key } of credentials.servers) canaries.watchKey(key);
  const topologies = names.map((name): TopologyPlan => {
    const scout: ClientEntry = { id: SCOUT, secrets: [newSecret(`${name}/${SCOUT}`, canaries)] };
    const registered = cases.filter(({ topology }) => topology === name).flatMap(entriesOf);
    return {
      name,
      adapter,
      operator: credentials.clients.valid,
      serverTrust: credentials.trust,
      redact: (text) => canaries.redact(text),
      replicas: REPLICAS.map((replica) => ({
        name: replica,
        state: {
          clients: [scout, ...registered],
          server: credentials.servers.find(({ id }) => id === `${name}/${replica}`)!,
          clientTrust: credentials.trust,
          requireMtls: wish.requireMtls ?? true,
          ...adapter.limits[name.startsWith('short') ? 'short' : 'usual'],
        },
      })),
    };
  });
  const planned = [
    ...plannedPreconditions,
    ...plannedCases(contract, cases),
    ...plannedChecks(contract, wish.checks),
  ];
  return { contract, adapter, chance, credentials, canaries, cases, topologies, planned };
}

type Unplaced<Client> = Omit<CasePlan<Client>, 'topology'>;

/**
 * Puts each case into a topology with its limits. A topology holds every client once: a case whose client id means
 * something else to another case there (`__proto__` registered and not) gets a further one.
 */
function place<Client>(cases: readonly Unplaced<Client>[]): CasePlan<Client>[] {
  const takenBy = new Map<string, Map<string, boolean>>();
  return cases.map((each) => {
    const limits = each.scenario.limits ?? 'usual';
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

function clientsOf<Client>(scenario: Scenario<Client>, canaries: Canaries): Map<string, PlannedClient> {
  return new Map(
    Object.entries(scenario.clients).map(([name, need]) => [
      name,
      plannedClient(scenario.id, name, need, canaries),
    ]),
  );
}

function plannedClient(scenario: string, name: string, need: ClientNeed, canaries: Canaries): PlannedClient {
  const { allowed, spare = [], id = `${scenario}.${name}`, secretPrefix = '' } = need;
  const make = (secret: string): [string, Secret] => [
    secret,
    newSecret(`${scenario}/${name}/${secret}`, canaries, secretPrefix),
  ];
  const secrets = Object.fromEntries([...(allowed ?? []), ...spare].map(make));
  return { id, secrets, allowed: allowed?.map((secret) => secrets[secret]!) };
}

function newSecret(id: string, canaries: Canaries, prefix = ''): Secret {
  const secret = new Secret(id, `${prefix}${unguessable(32)}`);
  canaries.watch(secret);
  return secret;
}

function entriesOf<Client>({ clients }: CasePlan<Client>): ClientEntry[] {
  return [...clients.values()].flatMap(({ id, allowed }) => (allowed ? [{ id, secrets: allowed }] : []));
}

const plannedPreconditions: readonly Planned[] = preconditions.map(({ id, clause }) => ({
  id,
  clause,
  level: 'must',
  kind: 'precondition',
  judgedBy: [],
}));

function plannedCases<Client extends Signing>(
  { clauses }: Contract<unknown, unknown, unknown, Client>,
  cases: readonly CasePlan<Client>[],
): Planned[] {
  return cases.map(({ scenario }) => {
    const clause = clauses.find(({ id }) => id === scenario.clause);
    if (!clause)
      throw new UsageError(
        `Scenario ${scenario.id} speaks for clause ${scenario.clause}, which the contract does not have`,
      );
    return {
      id: scenario.id,
      clause: clause.id,
      level: clause.level,
      kind: 'case',
      judgedBy: [...(scenario.judgedBy ?? [])],
    };
  });
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
