import { ACCEPTED, type Peer, type Verdict } from '../contract/contract.ts';
import type { Holding } from '../contract/signer-auth-v1/holding.ts';
import { authenticationRefusals } from '../contract/signer-auth-v1/verdicts.ts';
import { chanceFrom, type Chance } from '../seed.ts';
import type { EventOf } from './events.ts';
import {
  answerOf,
  bareDialect,
  bounds,
  EPOCH,
  holding,
  plainDialect,
  Story,
  TOPOLOGY,
} from './history.fixture.ts';
import { factsOfLetter, SimulatedSigner, type Defect, type Letter } from './signer.fixture.ts';
import { VirtualTime } from './virtual-time.fixture.ts';
import {
  between,
  oneIn,
  REPLICAS,
  standstills,
  weatherOf,
  type ReplicaName,
  type Standstill,
  type Weather,
} from './weather.fixture.ts';

export type DoorName = ReplicaName | 'balancer';

/** How long the simulated signer waits for its store. */
const STORE_TIMEOUT_MS = 1000;

/** What a world is to be like; the rest its seed decides. */
export interface WorldOrder {
  /** Nothing goes wrong that is not the signer's doing. */
  readonly calm: boolean;
  readonly defect?: Defect | undefined;
  /** Answers as many public signers give them: one status, a sentence, no code. */
  readonly bare: boolean;
  readonly planned: EventOf<'run'>['planned'];
  readonly clients: Holding['clients'];
}

/** How a request is sent, and what is claimed of it. */
export interface Posting {
  readonly case: string;
  readonly attempt: number;
  readonly door: DoorName;
  readonly peer: Peer | null;
  readonly claim: readonly Verdict[] | null;
  readonly label: string;
}

/** What became of a posting, as its sender sees it; undefined where it was lost. */
type Seen = Verdict | undefined;

interface Delivery {
  readonly id: string;
  readonly letter: Letter;
  readonly posting: Posting;
  readonly replica: ReplicaName;
  readonly sent: number;
  readonly answerLost: boolean;
  readonly limited: boolean;
  readonly told: (seen: Seen) => void;
}

/**
 * Two replicas, a store and the way to them, on a clock of their own. Whatever happens is told to the story as the
 * harness would tell it; what the signer knows and what the story says never touch.
 */
export class World {
  readonly time = new VirtualTime();
  readonly story: Story;
  readonly chance: Chance;
  readonly weather: Weather;
  readonly standstills: readonly Standstill[];
  readonly limits: { readonly ageMs: number; readonly ttlMs: number };
  readonly signer: SimulatedSigner;
  readonly #defect: Defect | undefined;
  readonly #calm: boolean;
  readonly #clocks: ReadonlyMap<string, number>;
  readonly #held = new Map<string, { readonly from: number; readonly state: Holding }[]>();
  readonly #refusesCertificates: 'in-words' | 'by-alert' | 'by-closing';
  readonly #bare: boolean;
  #outage: { from: number; witnessed: number; until: Map<string, number> } | undefined;
  #requests = 0;

  constructor(seed: string, how: WorldOrder) {
    this.chance = chanceFrom(`${seed}/world`);
    const { chance } = this;
    this.#defect = how.defect;
    this.#calm = how.calm;
    this.weather = weatherOf(how.calm, chance);
    this.limits = chance.pick([
      { ageMs: 1000, ttlMs: 2000 },
      { ageMs: 1000, ttlMs: 5000 },
      { ageMs: 60_000, ttlMs: 120_000 },
    ]);
    this.#refusesCertificates = chance.pick(['in-words', 'by-alert', 'by-closing']);
    this.#bare = how.bare;
    this.signer = new SimulatedSigner(
      {
        reads: chance.pick(['first', 'last', 'joined', 'refused']),
        policy: chance.pick(['none', 'before-spending', 'after-spending']),
        limits: chance.pick(['before-spending', 'after-spending']),
      },
      how.defect,
    );
    const clock = how.calm
      ? { clockOffsetMs: 0, clockErrorMs: 2 }
      : { clockOffsetMs: chance.pick([0, 0, 300, -40]), clockErrorMs: chance.pick([2, 20]) };
    const error = (): number => between(chance, -clock.clockErrorMs, clock.clockErrorMs);
    this.#clocks = new Map(REPLICAS.map((name) => [name, clock.clockOffsetMs + error()]));
    this.standstills = this.weather.standstills ? standstills(chance) : [];
    const { ageMs, ttlMs } = this.limits;
    const first: Holding = {
      ...holding,
      clients: how.clients,
      timestampMaxAgeMs: ageMs,
      nonceTtlSeconds: ttlMs / 1000,
    };
    for (const name of REPLICAS) this.#held.set(name, [{ from: 0, state: first }]);
    const closesOnCertificate = this.#refusesCertificates === 'by-closing';
    const dialect = { ...(how.bare ? bareDialect : plainDialect), closesOnCertificate };
    this.story = new Story({ dialect, planned: how.planned, holding: first, clock });
    for (const still of this.standstills) this.#tellStandstill(still, chance);
  }

  /** Whoever is asleep at this moment does nothing before it wakes up. */
  whenAwake(at: number, who: 'harness' | 'store' | ReplicaName): number {
    const still = this.standstills.find(
      (each) => (each.replica ?? each.who) === who && at >= each.from && at < each.to,
    );
    return still ? this.whenAwake(still.to + between(this.chance, 0, 40), who) : at;
  }

  /** When work of this length is done that stands still with the replica or the store. */
  whenDone(from: number, length: number, replica: string): number {
    let done = from + length;
    for (const still of this.standstills.toSorted((a, b) => a.from - b.from)) {
      if (still.who === 'harness' || (still.replica !== null && still.replica !== replica)) continue;
      if (still.from < done && still.to > from) done += still.to - Math.max(still.from, from);
    }
    return done;
  }

  /** Changes the state of every replica; each takes its time, and sometimes somebody sees that it has. */
  changesTo(state: Holding, chance: Chance): void {
    for (const replica of REPLICAS) {
      const begun = this.time.now;
      const deadline = begun + bounds.appliesWithinMs;
      const switched = this.whenDone(begun, between(chance, 1, bounds.appliesWithinMs - 50), replica);
      const earlier = this.#held.get(replica) ?? [];
      const from = Math.max(switched, earlier.at(-1)?.from ?? 0);
      this.#held.set(replica, [...earlier, { from, state }]);
      this.story.state('begun', begun, state, { replica, deadline });
      if (!chance.pick([true, false])) continue;
      this.time.at(from + between(chance, 0, 200), () =>
        this.story.state('witnessed', this.time.now, state, { replica }),
      );
    }
  }

  /** Takes the store away for a time; `then` is told once somebody has witnessed that it is gone. */
  cutsStore(chance: Chance, then: () => void): void {
    const witnessed = this.time.now + between(chance, 20, 300);
    const from = between(chance, this.time.now, witnessed);
    this.#outage = { from, witnessed, until: new Map(REPLICAS.map((name) => [name, Infinity])) };
    this.story.fault('injecting', this.time.now);
    this.time.at(witnessed, () => {
      this.story.fault('witnessed', witnessed);
      then();
    });
  }

  /** Gives the store back; each replica finds its way to it within the bound. */
  mendsStore(chance: Chance, then: () => void): void {
    const healed = this.time.now + between(chance, 1, 50);
    const mended = between(chance, this.time.now, healed);
    for (const replica of REPLICAS) {
      const recovered = this.whenDone(mended, between(chance, 1, bounds.recoversWithinMs - 100), replica);
      this.#outage?.until.set(replica, recovered);
    }
    this.story.fault('healing', this.time.now);
    this.time.at(healed, () => {
      this.story.fault('healed', healed);
      then();
    });
  }

  /** Whether a replica would say that it is ready. */
  isReady(replica: ReplicaName): boolean {
    const now = this.time.now;
    const asleep = this.standstills.some(
      ({ who, from, to }) => who !== 'harness' && now >= from && now < to + 100,
    );
    return !asleep && !this.#storeIsAway(replica, now);
  }

  /** Sends one request; what becomes of it happens later. */
  posts(letter: Letter, posting: Posting, told: (seen: Seen) => void): string {
    const { chance, time } = this;
    const { door, peer } = posting;
    const replica = door === 'balancer' ? chance.pick(REPLICAS) : door;
    const fate = this.weather.losses ? oneIn(chance, 8) : false;
    const arrives = !fate || chance.pick([true, false]);
    const servedBy = door === 'balancer' && !arrives && chance.pick([true, false]) ? null : replica;
    this.#requests += 1;
    const id = `r${this.#requests}`;
    this.story.tell({
      type: 'connection',
      at: time.now,
      id: `c${id}`,
      topology: TOPOLOGY,
      target: door,
      mode: 'fresh',
      peer: peer && { ...peer, purposes: [...peer.purposes] },
      servedBy,
      resumed: false,
    });
    this.story.tell({
      type: 'request',
      at: time.now,
      case: posting.case,
      attempt: posting.attempt,
      id,
      topology: TOPOLOGY,
      connection: `c${id}`,
      claim: posting.claim && [...posting.claim],
      label: posting.label,
      facts: factsOfLetter(letter),
    });
    const limited = this.weather.limits && oneIn(chance, 25);
    const delivery = { id, letter, posting, replica, sent: time.now, answerLost: fate, limited, told };
    if (fate) this.#losesTrackOf(delivery);
    // What nobody waits for any longer may still be lying in a buffer.
    const way = fate
      ? between(chance, 0, 3000)
      : between(chance, 0.1, !this.#calm && oneIn(chance, 10) ? 700 : 8);
    if (arrives) time.at(this.whenAwake(time.now + way, replica), () => this.#arrives(delivery));
    return id;
  }

  #tellStandstill({ who, replica, from, to }: Standstill, chance: Chance): void {
    const topology = who === 'harness' ? null : TOPOLOGY;
    // It is noticed by beats, so it seems a little longer than it was.
    const [begun, over] = [from - between(chance, 0, 100), to + between(chance, 0, 50)];
    this.time.at(over, () => this.story.stall(begun, over, { who, topology, replica }));
  }

  #losesTrackOf({ id, told }: Delivery): void {
    const how = this.chance.pick(['reset', 'closed', 'unreachable'] as const);
    this.time.at(this.time.now + between(this.chance, 0.5, 1200), () => {
      this.story.tell({ type: 'lost', at: this.time.now, request: id, how, detail: 'socket closed' });
      told(undefined);
    });
  }

  #arrives(delivery: Delivery): void {
    const { letter, posting, replica, limited } = delivery;
    const { now } = this.time;
    const clock = EPOCH + now + (this.#clocks.get(replica) ?? 0);
    const state = this.#stateOf(replica, now);
    if (this.#refusesCertificates !== 'in-words' && !this.signer.trusts(posting.peer, state, clock)) {
      this.#refusesHandshake(delivery);
      return;
    }
    if (limited && this.signer.manner.limits === 'before-spending') {
      this.#answers(delivery, 'RATE_LIMITED', now);
      return;
    }
    const ttlMs = state.nonceTtlSeconds * 1000 + between(this.chance, -9, 9);
    const early = this.#decidesEarly(letter, replica, ttlMs);
    const refusal = this.signer.authenticates(letter, posting.peer, state, clock);
    if (refusal !== undefined) {
      this.#answers(delivery, refusal, now);
      return;
    }
    const asks = this.whenAwake(now + between(this.chance, 0, 4), replica);
    this.time.at(asks, () => this.#asksStore(delivery, ttlMs, now, early));
  }

  /** Two of the defects look at the store too soon, and stay with what they saw. */
  #decidesEarly(letter: Letter, replica: ReplicaName, ttlMs: number): Verdict | undefined {
    const { now } = this.time;
    if (this.#defect === 'spends-before-authentication')
      return this.signer.consumes(letter, replica, ttlMs, now);
    if (this.#defect !== 'looks-before-it-spends') return undefined;
    return this.signer.holds(letter, replica, now) ? 'REPLAY_NONCE_USED' : ACCEPTED;
  }

  #asksStore(delivery: Delivery, ttlMs: number, arrived: number, early: Verdict | undefined): void {
    const { chance, time } = this;
    const { replica } = delivery;
    const { now } = time;
    if (this.#storeIsAway(replica, now)) {
      // The last command before the end may have been carried out, and its reply lost.
      if (now < (this.#outage?.witnessed ?? 0) && chance.pick([true, false]))
        this.#spends(delivery, ttlMs, early);
      const verdict = chance.pick(['SIGNER_UNAVAILABLE', 'INTERNAL_ERROR']);
      const closed = this.#defect === 'accepts-during-an-outage' ? ACCEPTED : verdict;
      this.#answers(delivery, closed, now + between(chance, 0, STORE_TIMEOUT_MS));
      return;
    }
    const applied = this.whenAwake(now, 'store');
    const late = applied - arrived > STORE_TIMEOUT_MS;
    if (late) this.#answers(delivery, 'SIGNER_UNAVAILABLE', arrived + STORE_TIMEOUT_MS);
    time.at(applied, () => {
      const verdict = this.#spends(delivery, ttlMs, early);
      // A timer that went off while the replica slept is seen before the reply that came meanwhile.
      const gaveUp = this.#stoodStill(replica, delivery.sent, time.now) && chance.pick([true, false]);
      if (!late) this.#answers(delivery, gaveUp ? 'SIGNER_UNAVAILABLE' : verdict, time.now);
    });
  }

  #spends(delivery: Delivery, ttlMs: number, early: Verdict | undefined): Verdict {
    const { letter, replica, limited } = delivery;
    const { now } = this.time;
    const { policy } = this.signer.manner;
    if (!letter.bodyOffered && policy === 'before-spending')
      return this.signer.holds(letter, replica, now) ? 'REPLAY_NONCE_USED' : 'POLICY_CALL_NOT_ALLOWED';
    const spent =
      early !== undefined && this.#defect === 'spends-before-authentication'
        ? early
        : this.signer.consumes(letter, replica, ttlMs, now);
    if ((early ?? spent) !== ACCEPTED) return 'REPLAY_NONCE_USED';
    if (limited) return 'RATE_LIMITED';
    return !letter.bodyOffered && policy === 'after-spending' ? 'POLICY_SELECTOR_DENIED' : ACCEPTED;
  }

  #answers({ id, replica, answerLost, told }: Delivery, verdict: Verdict, decided: number): void {
    if (answerLost) return;
    const leaves = this.whenAwake(decided + between(this.chance, 0, 3), replica);
    const seen = this.whenAwake(leaves + between(this.chance, 0, 3), 'harness');
    this.time.at(seen, () => {
      const plain = answerOf(verdict);
      const isAuthentication = (authenticationRefusals as readonly string[]).includes(verdict);
      const error = verdict === 'REPLAY_NONCE_USED' ? 'replayed nonce' : 'unauthorized';
      const answer =
        this.#bare && isAuthentication ? { ...plain, status: 401, body: JSON.stringify({ error }) } : plain;
      this.story.tell({ type: 'answer', at: this.time.now, request: id, ...answer });
      told(verdict);
    });
  }

  #refusesHandshake({ id, replica, posting, answerLost, told }: Delivery): void {
    if (answerLost) return;
    const alert = posting.peer === null ? 'certificate_required' : 'unknown_ca';
    const leaves = this.whenAwake(this.time.now + between(this.chance, 0, 3), replica);
    this.time.at(this.whenAwake(leaves, 'harness'), () => {
      const how =
        this.#refusesCertificates === 'by-alert'
          ? ({ how: 'alert', alert } as const)
          : ({ how: 'closed' } as const);
      this.story.tell({ type: 'lost', at: this.time.now, request: id, ...how, detail: 'handshake refused' });
      told('AUTH_MTLS_REQUIRED');
    });
  }

  #stateOf(replica: ReplicaName, at: number): Holding {
    return (this.#held.get(replica) ?? []).findLast(({ from }) => from <= at)!.state;
  }

  #storeIsAway(replica: ReplicaName, at: number): boolean {
    return this.#outage !== undefined && at >= this.#outage.from && at < this.#outage.until.get(replica)!;
  }

  #stoodStill(replica: string, from: number, to: number): boolean {
    return this.standstills.some(
      (still) =>
        still.who !== 'harness' &&
        (still.replica === null || still.replica === replica) &&
        still.from < to &&
        still.to + 200 > from,
    );
  }
}
