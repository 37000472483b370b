import type { Contract, Signing } from '../../contract/contract.ts';
import { wallClockMs } from '../../clock.ts';
import { unguessable } from '../../seed.ts';
import type { Adapter } from '../../signer/adapter.ts';
import type { DesiredState } from '../../signer/desired-state.ts';
import { offerOf } from '../../signer/offer.ts';
import type { PlannedClient } from '../clients.ts';
import type { Applied, Replica } from '../environment.ts';
import { give } from '../given.ts';
import type { Ground, OpenTopology } from '../ground.ts';
import type { Plan } from '../plan.ts';
import type { Action } from './action.ts';
import type { Repertoire } from './repertoire.ts';

/** A plan of two topologies, each with clients of its own. */
export interface ExplorePlan<Client extends Signing> extends Plan<Client> {
  readonly clients: ReadonlyMap<string, readonly PlannedClient[]>;
}

/** A time to live that somebody waits out is a short one; in no other schedule may anything be stale before it is late. */
export const limitsFor = (actions: readonly Action[]): Limits =>
  actions.some((action) => action.do === 'wait-out-ttl') ? 'short' : 'usual';

type Limits = keyof Adapter['limits'];
/** What a topology comes up with. */
export const FIRST: Limits = 'usual';

/** A topology that stays up, on which one schedule after the other is played. */
export class Lane<Client extends Signing> {
  readonly place: OpenTopology;
  readonly ground: Ground<Client, ExplorePlan<Client>>;
  readonly repertoire: Repertoire<Client>;
  /** As the record has them; those that send are made from them. */
  readonly planned: readonly PlannedClient[];
  readonly clients: readonly Client[];
  #limits: Limits = FIRST;
  #touched = false;

  constructor(
    place: OpenTopology,
    ground: Ground<Client, ExplorePlan<Client>>,
    repertoire: Repertoire<Client>,
  ) {
    this.place = place;
    this.ground = ground;
    this.repertoire = repertoire;
    this.planned = ground.plan.clients.get(place.topology.name) ?? [];
    this.clients = this.planned.map((client) => clientOf(client, ground.plan.contract, ground.plan));
  }

  /** Something was done to its replicas that they may remember. */
  touch(): void {
    this.#touched = true;
  }

  /**
   * As it was at first: whatever a schedule did to the replicas, the next one must not be blamed for it, and a smaller
   * one not be taken to fail by itself.
   */
  async refresh(limits: Limits): Promise<void> {
    if (!this.#touched && this.#limits === limits) return;
    const { topology, plan } = this.place;
    await Promise.all(
      topology.replicas.map((replica) => {
        const { state } = plan.replicas.find(({ name }) => name === replica.name)!;
        const first = { ...state, ...plan.adapter.limits[limits] };
        return this.give(replica, first, (next) => replica.restart(next, this.ground.signal));
      }),
    );
    this.#limits = limits;
    this.#touched = false;
  }

  /** Gives a replica a state, recorded from when it may hold it to when it was seen to. */
  async give(
    replica: Replica,
    next: Omit<DesiredState, 'store'>,
    put: (next: Omit<DesiredState, 'store'>) => Promise<Applied>,
  ): Promise<void> {
    const { history, plan } = this.ground;
    const { topology } = this.place;
    await give({ history, topology, replica, next, withinMs: plan.adapter.bounds.appliesWithinMs }, put);
  }
}

function clientOf<Client extends Signing>(
  planned: PlannedClient,
  contract: Contract<unknown, unknown, unknown, Client>,
  { adapter }: Plan<Client>,
): Client {
  const known = Object.entries(planned.secrets).map(
    ([name, secret]) => [name, { id: secret.id, value: secret.reveal() }] as const,
  );
  return contract.client({
    id: planned.id,
    secrets: Object.fromEntries(known),
    offer: offerOf(adapter),
    now: wallClockMs,
    nonce: () => unguessable(16),
  });
}
