import type { Contract, Signing } from '../../contract/contract.ts';
import type { Planned } from '../../judge/case.ts';
import type { Chance } from '../../seed.ts';
import type { Adapter } from '../../signer/adapter.ts';
import { Canaries } from '../canaries.ts';
import { clientsOf, entriesOf } from '../clients.ts';
import { makeCredentials } from '../credentials.ts';
import { credentialsFor, plannedChecks, plannedPrecondition, planTopology } from '../plan.ts';
import { preconditions } from '../preconditions.ts';
import { type ExplorePlan, FIRST } from './lane.ts';
import { ROGUE, SECRETS } from './perform.ts';
import type { Repertoire } from './repertoire.ts';

/** Two clients for each topology, whose nonces no two schedules share. */
const need = { allowed: [SECRETS[0]], spare: [SECRETS[1], ROGUE] };

/** Topologies on which any schedule can be played. */
export async function makeExplorePlan<Client extends Signing>(wish: {
  contract: Contract<unknown, unknown, unknown, Client>;
  adapter: Adapter;
  repertoire: Repertoire<Client>;
  checks: readonly string[] | 'all';
  lanes: number;
  /** What its findings are called, where no schedule broke anything. */
  id: string;
  again: string;
  chance: Chance;
}): Promise<ExplorePlan<Client>> {
  const { contract, adapter, chance, repertoire, id, again } = wish;
  const canaries = new Canaries();
  const names = Array.from({ length: wish.lanes }, (_, lane) => `lane-${lane + 1}`);
  const credentials = await credentialsFor(names, makeCredentials, canaries);
  const clients = new Map(
    names.map((name) => [
      name,
      [...clientsOf({ id: name, clients: { one: need, two: need } }, canaries).values()],
    ]),
  );
  const topologies = names.map((name) =>
    planTopology({
      name,
      adapter,
      credentials,
      canaries,
      clients: entriesOf(clients.get(name) ?? []),
      limits: FIRST,
      requireMtls: true,
    }),
  );
  const explored = new Set([
    ...Object.values(repertoire.clauses),
    ...Object.values(repertoire.wrongs),
    contract.checked['always-answered'],
    contract.drilled['changes-survived'],
  ]);
  const planned: Planned[] = [
    ...preconditions.map(plannedPrecondition),
    ...contract.clauses
      .filter((clause) => explored.has(clause.id))
      .map((clause): Planned => ({
        id,
        clause: clause.id,
        level: clause.level,
        kind: 'exploration',
        judgedBy: [],
        reproduce: again,
      })),
    ...plannedChecks(contract, wish.checks),
  ];
  return { contract, adapter, chance, credentials, canaries, topologies, planned, clients };
}
