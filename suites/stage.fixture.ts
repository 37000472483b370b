import {
  ACCEPTED,
  type Maybe,
  type Peer,
  type Verdict,
  type WireRequest,
} from '../harness/contract/contract.ts';
import type { SigningClient } from '../harness/contract/signer-auth-v1/client.ts';
import type { Holding } from '../harness/contract/signer-auth-v1/holding.ts';
import { signerAuthV1 } from '../harness/contract/signer-auth-v1/signer-auth-v1.ts';
import type { Fault } from '../harness/faults/fault.ts';
import type { TopologyPlan } from '../harness/run/environment.ts';
import { makePlan, type CasePlan, type GatePlan } from '../harness/run/plan.ts';
import type { Door, IdentityName, Scenario, Seen, Sending, Stage } from '../harness/run/scenario.ts';
import { chanceFrom } from '../harness/seed.ts';
import { adapterOf } from '../harness/signer/adapter.fixture.ts';
import { holdingOf } from '../harness/signer/holding.ts';
import { offerOf } from '../harness/signer/offer.ts';

/** The wall clock when everything begins. */
const EPOCH = 1_700_000_000_000;

/** One request that a case sent, what it claims of it, and every verdict that would be right. */
export interface Sent {
  readonly label: string;
  readonly door: string;
  readonly claim: readonly Verdict[] | null;
  readonly right: readonly Verdict[];
  readonly request: WireRequest;
  readonly identity: IdentityName;
  readonly about: string | undefined;
}

/** Plays cases where nothing is unknown: each in a world of its own, once for each attempt. */
export async function perfectly(
  scenarios: readonly Scenario<SigningClient>[],
): Promise<(id: string, attempts?: number) => Promise<Sent[]>> {
  const [adapter, chance] = [adapterOf(), chanceFrom(1)];
  const plan = await makePlan({ contract: signerAuthV1, adapter, scenarios, checks: 'all', chance });
  return async (id, attempts = 1) => {
    const sent: Sent[] = [];
    const world = new PerfectWorld();
    const each = plan.cases.find(({ scenario }) => scenario.id === id)!;
    for (let attempt = 1; attempt <= attempts; attempt += 1)
      await each.scenario.run(perfectStage(plan, each, { world, attempt, sent }));
    return sent;
  };
}

/** What there is of the world where nothing is unknown: a clock that only waits move, and one store. */
class PerfectWorld {
  now = 0;
  readonly spent = new Map<string, number>();
  readonly faults = new Set<Suffered>();
  /** What it may have forgotten. */
  readonly forgotten = new Set<string>();

  /** Whether a replica can ask the store. */
  storeDown(replica: string): Maybe {
    const fates = this.#of(replica).map(({ fault }) => fault.store);
    if (fates.includes('away')) return 'yes';
    return fates.every((fate) => fate === 'sound') ? 'no' : 'maybe';
  }

  clockOf(replica: string): number {
    return this.#of(replica).reduce((sum, { fault }) => sum + (fault.clockOffsetMs ?? 0), EPOCH + this.now);
  }

  /** What keeps it from answering now; it answers when that is healed. */
  silencing(replica: string): Suffered | undefined {
    return this.#of(replica).find(
      ({ fault }) => fault.silences === 'replicas' && fault.store === 'sound' && !fault.clockOffsetMs,
    );
  }

  #of(replica: string): Suffered[] {
    return [...this.faults].filter(({ on }) => on === undefined || on === replica);
  }
}

/** A fault in force. */
interface Suffered {
  readonly fault: Fault;
  /** All replicas, where none is named. */
  readonly on: string | undefined;
  readonly healed: Promise<void>;
}

/** A stage without a signer: the contract itself answers, to which nothing is unknown. */
function perfectStage(
  plan: GatePlan<SigningClient>,
  each: CasePlan<SigningClient>,
  { world, attempt, sent }: { world: PerfectWorld; attempt: number; sent: Sent[] },
): Stage<SigningClient> {
  const topology = plan.topologies.find(({ name }) => name === each.topology)!;
  const performance = new Performance(plan, each, topology, world, sent);
  return {
    client: (name) => performance.client(name),
    replicas: [performance.door('replica-1'), performance.door('replica-2')],
    balancer: performance.door('balancer'),
    limits: topology.replicas[0]!.state,
    bounds: plan.adapter.bounds,
    now: () => world.now,
    wallClock: () => EPOCH + world.now,
    attempt,
    waits: (ms) => Promise.resolve(void (world.now += ms)),
    crowd: (size) =>
      Promise.resolve({
        races: (request: WireRequest) => performance.races(request, size),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }),
    looksInStore: () => Promise.resolve(),
    awaitsInStore: () => Promise.resolve(),
    asksReadiness: () => Promise.resolve(),
    suffers: (fault, on = fault.concerns === 'one-replica' ? 'replica-1' : undefined) => {
      const { promise: healed, resolve } = Promise.withResolvers<void>();
      const suffered = { fault, on, healed };
      world.faults.add(suffered);
      if (fault.store === 'forgetful') for (const key of world.spent.keys()) world.forgotten.add(key);
      return Promise.resolve({
        possible: true,
        heals: () => {
          world.faults.delete(suffered);
          resolve();
          return Promise.resolve();
        },
      });
    },
    allows: (name, secrets) => Promise.resolve(performance.allows(name, secrets)),
    gives: (replica, name, secrets) => Promise.resolve(performance.gives(replica, name, secrets)),
  };
}

class Performance {
  readonly #plan: GatePlan<SigningClient>;
  readonly #case: CasePlan<SigningClient>;
  readonly #world: PerfectWorld;
  readonly #sent: Sent[];
  #nonces = 0;
  readonly #holding: Holding;
  readonly #given = new Map<string, Holding>();

  constructor(
    plan: GatePlan<SigningClient>,
    each: CasePlan<SigningClient>,
    topology: TopologyPlan,
    world: PerfectWorld,
    sent: Sent[],
  ) {
    this.#plan = plan;
    this.#case = each;
    this.#world = world;
    this.#sent = sent;
    const store = { host: 'store', port: 1, database: 0, keyPrefix: '' };
    this.#holding = holdingOf({ ...topology.replicas[0]!.state, store });
  }

  client(name: string): SigningClient {
    const planned = this.#case.clients.get(name);
    if (!planned) throw new Error(`${this.#case.scenario.id} declares no client "${name}"`);
    const secrets = Object.entries(planned.secrets).map(([key, secret]) => [
      key,
      { id: secret.id, value: secret.reveal() },
    ]);
    return signerAuthV1.client({
      id: planned.id,
      secrets: Object.fromEntries(secrets),
      offer: offerOf(this.#plan.adapter),
      now: () => EPOCH + this.#world.now,
      nonce: () => this.#nonce(),
    });
  }

  door(name: string): Door {
    const send = (request: WireRequest, claim: readonly Verdict[] | null, how?: Sending) =>
      this.#answers(name, request, claim, how);
    return {
      name,
      receives: (request, how) => send(request, null, how),
      accepts: (request, how) => send(request, [ACCEPTED], how),
      answers: (request, claim, how) => send(request, claim, how),
      refuses: (request, as, how) => send(request, typeof as === 'string' ? [as] : as, how),
    };
  }

  races(request: WireRequest, size: number): Promise<void> {
    const accepted = Array.from({ length: size }, () => this.#receives('crowd', request, null)).filter(
      (seen) => seen.accepted,
    );
    if (accepted.length !== 1) throw new Error(`${accepted.length} of ${size} were accepted`);
    return Promise.resolve();
  }

  allows(name: string, secrets: readonly string[]): boolean {
    for (const replica of ['replica-1', 'replica-2']) this.gives(replica, name, secrets);
    return true;
  }

  gives(replica: string, name: string, secrets: readonly string[]): void {
    const planned = this.#case.clients.get(name)!;
    const ids = secrets.map((each) => planned.secrets[each]!.id);
    const held = this.#heldBy(replica);
    const clients = held.clients.map(([id, list]): [string, string[]] => [
      id,
      id === planned.id ? ids : list,
    ]);
    this.#given.set(replica, { ...held, clients });
  }

  #heldBy(replica: string): Holding {
    return this.#given.get(replica) ?? this.#holding;
  }

  async #answers(...asked: [string, WireRequest, readonly Verdict[] | null, Sending?]): Promise<Seen> {
    await this.#world.silencing(asked[0])?.healed;
    return this.#receives(...asked);
  }

  #receives(
    door: string,
    request: WireRequest,
    claim: readonly Verdict[] | null,
    { identity = 'valid', about }: Sending = {},
  ): Seen {
    const world = this.#world;
    const secrets = [...this.#case.clients.values()].flatMap((client) => Object.values(client.secrets));
    const known = secrets.map((secret) => ({ id: secret.id, value: secret.reveal() }));
    const facts = signerAuthV1.observe(request, known, offerOf(this.#plan.adapter));
    const now = world.clockOf(door);
    const right = signerAuthV1.rightVerdicts(facts, peerOf(identity, this.#plan), {
      holdings: [this.#heldBy(door)],
      clock: { from: now, to: now },
      spent: (key) => {
        if (world.now >= (world.spent.get(key) ?? -Infinity)) return 'no';
        return world.forgotten.has(key) ? 'maybe' : 'yes';
      },
      storeDown: world.storeDown(door),
    });
    this.#sent.push({ label: request.label, door, claim, right: [...right], request, identity, about });
    const accepted = right.has(ACCEPTED);
    const [key] = signerAuthV1.spends(facts);
    const until = world.now + signerAuthV1.retentionMs(this.#holding);
    if (accepted && key !== undefined) {
      world.spent.set(key, until);
      world.forgotten.delete(key);
    }
    return { accepted, status: accepted ? 200 : 401, headers: [], body: '' };
  }

  #nonce(): string {
    this.#nonces += 1;
    return `${this.#case.scenario.id}-${this.#world.spent.size}-${this.#nonces}-nonce`.replaceAll('.', '-');
  }
}

/** The certificate's own dates are those of the machine; here only what sets it apart matters. */
function peerOf(identity: IdentityName, { credentials }: GatePlan<SigningClient>): Peer | null {
  if (identity === 'none') return null;
  const { facts } = credentials.clients.get(identity)!;
  const day = 86_400_000;
  const valid = { notBefore: EPOCH - day, notAfter: EPOCH + day };
  if (identity === 'expired') return { ...facts, notBefore: EPOCH - day, notAfter: EPOCH - 1000 };
  if (identity === 'not-yet-valid') return { ...facts, notBefore: EPOCH + day, notAfter: EPOCH + 2 * day };
  return { ...facts, ...valid };
}
