import type { Signing } from '../../contract/contract.ts';
import { EnvironmentError } from '../../errors.ts';
import { faults } from '../../faults/list.ts';
import { carryOut, type Run, type RunOrder } from '../carry-out.ts';
import type { Topology } from '../environment.ts';
import type { Ground } from '../ground.ts';
import type { Action } from './action.ts';
import { scheduleBy } from './generate.ts';
import { type ExplorePlan, Lane } from './lane.ts';
import { perform, type Performed } from './perform.ts';
import { makeExplorePlan } from './plan.ts';
import type { Repertoire } from './repertoire.ts';
import { COUNTS, shrink } from './shrink.ts';

/** A schedule by the name under which it is judged and saved. */
export interface Named {
  readonly id: string;
  readonly seed: number;
  readonly actions: readonly Action[];
}

interface Order<Client extends Signing> extends RunOrder<Client> {
  readonly repertoire: Repertoire<Client>;
  /** The command that does all of this again. */
  readonly again: string;
}

export interface ExploreOrder<Client extends Signing> extends Order<Client> {
  readonly runs: number;
  /** Goes no further than to the first schedule that breaks something. */
  readonly untilFound?: boolean;
  /** Keeps what is left of one that broke something. */
  readonly save: (schedule: Named) => Promise<void>;
}

export interface ReplayOrder<Client extends Signing> extends Order<Client> {
  readonly schedule: Named;
}

/** Beside each other: while one waits, the other has the processor. */
const LANES = 2;

/** Plays random schedules until there are enough, and makes smaller what breaks something. */
export const runExplore = <Client extends Signing>(order: ExploreOrder<Client>): Promise<Run> =>
  carryOut(
    order,
    (chance) => makeExplorePlan({ ...order, chance, lanes: LANES, id: 'explore' }),
    (ground) => new Exploration(order, ground).play(),
  );

/** So often a saved schedule is played: what a race brings out does not come each time. */
const TIMES = 5;

/** Plays one schedule some times over. */
export const runReplay = <Client extends Signing>(order: ReplayOrder<Client>): Promise<Run> =>
  carryOut(
    order,
    (chance) => makeExplorePlan({ ...order, chance, lanes: 1, id: order.schedule.id }),
    async (ground) => {
      const { id, actions } = order.schedule;
      const [place] = ground.topologies;
      refuseImpossible(actions, place!.topology);
      const lane = new Lane(place!, ground, order.repertoire);
      for (let attempt = 1; attempt <= TIMES; attempt += 1) {
        const why = attempt === 1 ? 'first' : 'again';
        const { trouble } = await perform(actions, { case: id, attempt, why }, lane);
        if (trouble !== undefined) break;
      }
    },
  );

function refuseImpossible(actions: readonly Action[], topology: Topology): void {
  for (const [at, action] of actions.entries()) {
    if (action.do !== 'inject') continue;
    const cannot = faults.find(({ name }) => name === action.fault)?.cannot(topology);
    if (cannot !== undefined)
      throw new EnvironmentError(
        `actions.${at}.fault: ${action.fault} cannot be done here, since ${cannot}; replay it where it can`,
      );
  }
}

class Exploration<Client extends Signing> {
  readonly #order: ExploreOrder<Client>;
  readonly #ground: Ground<Client, ExplorePlan<Client>>;
  /** Those that can be done on its topologies. */
  readonly #faults: readonly string[];
  /** Clauses of which the smallest schedule is known, or being looked for. */
  readonly #known = new Set<string>();
  #begun = 0;
  #found = false;

  constructor(order: ExploreOrder<Client>, ground: Ground<Client, ExplorePlan<Client>>) {
    this.#order = order;
    this.#ground = ground;
    this.#faults = faults
      .filter((fault) => ground.topologies.every(({ topology }) => fault.cannot(topology) === undefined))
      .map(({ name }) => name);
  }

  async play(): Promise<void> {
    const { topologies } = this.#ground;
    const playing = topologies.map((place) =>
      this.#playOn(new Lane(place, this.#ground, this.#order.repertoire)),
    );
    const settled = await Promise.allSettled(playing);
    const failed = settled.find((each) => each.status === 'rejected');
    if (failed) throw failed.reason;
  }

  async #playOn(lane: Lane<Client>): Promise<void> {
    const { seed } = this.#order;
    while (!this.#isOver() && !isBroken(lane)) {
      this.#begun += 1;
      const number = this.#begun;
      const chance = this.#ground.plan.chance.of(`schedule/${number}`);
      const schedule = { id: `explore-${seed}-${number}`, ...scheduleBy(chance, this.#faults) };
      const played = await perform(schedule.actions, { case: schedule.id, attempt: 1, why: 'first' }, lane);
      if (played.breaches.length > 0) await this.#broke(schedule, played, lane);
    }
  }

  #isOver(): boolean {
    const { runs, untilFound = false } = this.#order;
    return this.#begun >= runs || (untilFound && this.#found);
  }

  async #broke(
    schedule: Named,
    { breaches: [breach], done: actions, until }: Performed,
    lane: Lane<Client>,
  ): Promise<void> {
    const { history } = this.#ground;
    const { clause } = breach!;
    const enough = this.#found && this.#order.untilFound === true;
    if (enough || this.#known.has(clause)) return this.#order.save({ ...schedule, actions });
    this.#known.add(clause);
    let attempt = 1;
    const toldBy = new Map([[JSON.stringify(actions), attempt]]);
    const shrunk = await shrink({ actions, until }, this.#faults, async (candidate, why) => {
      if (isBroken(lane)) return { failed: false, actions: candidate, until: 0 };
      attempt += 1;
      const again = await perform(candidate, { case: schedule.id, attempt, why }, lane);
      const failed = again.breaches.some((each) => each.clause === clause);
      if (failed) toldBy.set(JSON.stringify(again.done), attempt);
      return { failed, actions: again.done, until: again.until };
    });
    if (shrunk.failed >= COUNTS) this.#found = true;
    // What did not come again may come with another schedule, and that one may be made smaller.
    else this.#known.delete(clause);
    await this.#order.save({ ...schedule, actions: shrunk.actions });
    history.append({
      type: 'shrunk',
      at: history.at(),
      case: schedule.id,
      clause,
      ...shrunk,
      actions: [...shrunk.actions],
      attempt: toldBy.get(JSON.stringify(shrunk.actions)) ?? 1,
    });
  }
}

/** A fault that was healed is still there: whatever is played on it would be blamed for it. */
const isBroken = <Client extends Signing>({ place, ground }: Lane<Client>): boolean =>
  ground.view.faults.all.some(
    ({ topology, unhealed }) => topology === place.topology.name && unhealed !== undefined,
  );
