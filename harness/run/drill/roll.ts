import type { Signing } from '../../contract/contract.ts';
import { EnvironmentError } from '../../errors.ts';
import type { DesiredState } from '../../signer/desired-state.ts';
import { dueAfter } from '../../judge/standstill.ts';
import type { Passage } from '../door.ts';
import type { Applied, Replica } from '../environment.ts';
import { give } from '../given.ts';
import type { Ground, OpenTopology } from '../ground.ts';
import { configured } from './fleet.ts';
import { untilItActs } from './pace.ts';
import type { CoursePlan, DrillPlan } from './plan.ts';
import type { Fleet } from './procedure.ts';
import type { Streams } from './streams.ts';

interface RollParts<Client extends Signing> {
  readonly plan: CoursePlan<Client>;
  readonly place: OpenTopology;
  readonly ground: Ground<Client, DrillPlan<Client>>;
  readonly passage: Passage;
  readonly streams: Streams;
}

/** How a whole fleet is rolled. */
interface Manner {
  /** Called before each replica but the first. */
  readonly halfWay?: () => void | Promise<void>;
  /** Called when the last replica was told, before it is seen to act. */
  readonly told?: (() => Promise<void>) | undefined;
  /** The next replica is told before the one before it is seen to act. */
  readonly urgent?: true | undefined;
}

/** A replica did not survive a change, would not take it, or could not be started anew; the history says how. */
export class ReplicaLost extends Error {
  override name = 'ReplicaLost';
}

/** On a machine that always stands still somewhere, nobody would ever be sure of anything. */
const LONGEST_STANDSTILL_MS = 5000;

/** Gives replicas another configuration, one after the other, the way their adapter says. */
export class Roll<Client extends Signing> {
  readonly #parts: RollParts<Client>;
  /** What each was given last, in the order in which they are rolled. */
  readonly #given: Map<Replica, Fleet>;
  /** Those that get no traffic. */
  readonly #outOfService = new Set<Replica>();

  constructor(parts: RollParts<Client>) {
    this.#parts = parts;
    const { plan, place, ground } = parts;
    const order = ground.plan.chance.of(`${plan.course.id}/roll`).shuffled(place.topology.replicas);
    this.#given = new Map(order.map((replica) => [replica, plan.course.procedure.start.fleet]));
  }

  /** Every replica that does not have it yet. */
  async everywhere(fleet: Fleet, { halfWay, told, urgent }: Manner = {}): Promise<void> {
    for (const [index, replica] of [...this.#given.keys()].entries()) {
      if (index > 0) await halfWay?.();
      const isLast = index === this.#given.size - 1;
      await this.#one(replica, fleet, { urgent, told: isLast ? told : undefined });
    }
  }

  /** The first replica alone. */
  async first(fleet: Fleet): Promise<void> {
    const [replica] = this.#given.keys();
    if (replica) await this.#one(replica, fleet);
  }

  /** Starts every replica anew where everybody stood at first, whatever became of it. */
  async startOver(fleet: Fleet): Promise<void> {
    const { signal } = this.#parts.ground;
    for (const replica of this.#given.keys()) {
      this.#given.set(replica, fleet);
      await this.#takeOut(replica);
      await this.#survived({ replica, forGood: true }, () =>
        this.#record(replica, fleet, (next) => replica.restart(next, signal)),
      );
      this.#putBack(replica);
    }
  }

  /** When every replica that keeps its word holds what it was given, on the run's clock; standstills put it off. */
  heldBy(): number {
    const { view } = this.#parts.ground;
    const { name: topology, replicas } = this.#parts.place.topology;
    const states = view.all('state').filter((event) => event.topology === topology);
    const due = replicas.map(({ name: replica }) => {
      const last = states.findLast((event) => event.replica === replica);
      if (last?.phase !== 'begun' || last.deadline === undefined) return 0;
      const putOff = dueAfter(view, { topology, replica, from: last.at, to: last.deadline });
      return Math.min(putOff, last.deadline + LONGEST_STANDSTILL_MS);
    });
    return Math.max(...due);
  }

  async #one(replica: Replica, fleet: Fleet, manner: Omit<Manner, 'halfWay'> = {}): Promise<void> {
    const before = this.#given.get(replica)!;
    if (before === fleet) return;
    this.#given.set(replica, fleet);
    const change = (): Promise<void> => this.#change(replica, [before, fleet], manner);
    if (this.#parts.ground.plan.adapter.apply.by !== 'restart') return this.#survived({ replica }, change);
    await this.#takeOut(replica);
    await this.#survived({ replica }, change);
    this.#putBack(replica);
  }

  /** Takes a replica that is about to restart out of the balancer, and stops sending straight to it. */
  async #takeOut(replica: Replica): Promise<void> {
    if (this.#outOfService.has(replica)) return;
    this.#outOfService.add(replica);
    const { place, streams } = this.#parts;
    const drained = place.topology.balancer.drain(replica.name);
    await streams.renew();
    await drained;
    this.#window(replica, 'opened');
    await streams.suspend(replica.name);
  }

  #putBack(replica: Replica): void {
    const { place, streams } = this.#parts;
    streams.resume(replica.name);
    this.#window(replica, 'closed');
    place.topology.balancer.admit(replica.name);
    this.#outOfService.delete(replica);
  }

  #window({ name: replica }: Replica, phase: 'opened' | 'closed'): void {
    const { place, ground } = this.#parts;
    const { history } = ground;
    const why = 'it is restarted';
    history.append({ type: 'window', at: history.at(), topology: place.topology.name, replica, phase, why });
  }

  async #change(
    replica: Replica,
    [before, fleet]: readonly [Fleet, Fleet],
    { urgent, told }: Omit<Manner, 'halfWay'>,
  ): Promise<void> {
    const { plan, ground, passage, streams } = this.#parts;
    const { adapter, contract } = ground.plan;
    const deadline = ground.history.at() + adapter.bounds.appliesWithinMs;
    const apply = (): Promise<boolean> =>
      this.#record(replica, fleet, (next) => replica.apply(next, ground.signal));
    const restarted = adapter.apply.by === 'restart';
    const witnessed = await (restarted ? apply() : streams.during(replica.name, apply));
    await told?.();
    const asked = { contract, adapter, clients: plan.clients, passage };
    if (!witnessed && !urgent) await untilItActs(replica, [before, fleet], deadline, asked);
  }

  /** What an environment has to complain of here is what became of the replica. */
  async #survived(
    { replica, ...lost }: { readonly replica: Replica; readonly forGood?: true },
    change: () => Promise<unknown>,
  ): Promise<void> {
    const { plan, place, ground } = this.#parts;
    const { history } = ground;
    try {
      await change();
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      history.append({
        type: 'casualty',
        at: history.at(),
        case: plan.course.id,
        topology: place.topology.name,
        replica: replica.name,
        evidence: error.message,
        ...lost,
      });
      throw new ReplicaLost(error.message, { cause: error });
    }
  }

  /** Applies what a fleet means for this replica, recorded from when it may hold it to when it was seen to. */
  async #record(
    replica: Replica,
    fleet: Fleet,
    apply: (next: Omit<DesiredState, 'store'>) => Promise<Applied>,
  ): Promise<boolean> {
    const { plan, place, ground } = this.#parts;
    const { history } = ground;
    const { adapter, credentials } = ground.plan;
    const of = `${place.topology.name}/${replica.name}`;
    const next = configured(replica.state, fleet, { of, clients: plan.clients, credentials });
    const { topology } = place;
    return give({ history, topology, replica, next, withinMs: adapter.bounds.appliesWithinMs }, apply);
  }
}
