import { ACCEPTED, type Peer, type Verdict } from '../contract/contract.ts';
import type { Holding } from '../contract/signer-auth-v1/holding.ts';
import { signerAuthV1 } from '../contract/signer-auth-v1/signer-auth-v1.ts';
import { refusals } from '../contract/signer-auth-v1/verdicts.ts';
import { chanceFrom, type Chance } from '../seed.ts';
import { historyChecks } from './checks/list.ts';
import { bounds, EPOCH, holding, plannedCase, plannedCheck, TOPOLOGY, validPeer } from './history.fixture.ts';
import type { Defect, Letter } from './signer.fixture.ts';
import { between, oneIn } from './weather.fixture.ts';
import { World, type DoorName } from './world.fixture.ts';

/** Runs one case of every kind beside each other against a simulated signer, and gives the world they ran in. */
export function rehearse(seed: string, how: { calm: boolean; defect?: Defect }): World {
  const chance = chanceFrom(seed);
  const bare = chance.of('words').pick([true, false, false]);
  const cases = chance.of('order').shuffled(Object.keys(scripts) as CaseName[]);
  const planned = [
    ...cases.map((name) => plannedCase(name, { judgedBy: [...(judgedBy[name] ?? [])] })),
    ...historyChecks.map(({ name }) => plannedCheck(name, signerAuthV1.checked[name])),
    // Bare answers break the rules on wording; that is what they are for.
    ...(bare ? [] : signerAuthV1.form.map(({ id, clause }) => plannedCheck(id, clause))),
  ].filter(({ id }) => id !== 'successes-carry-the-body');
  const clients = cases.map((name): Holding['clients'][number] => [name, [`${name}/removed`]]);
  const world = new World(seed, { ...how, bare, planned, clients });
  for (const name of cases) {
    const lane = new Lane(name, world, chance.of(name), how.calm);
    // On a calm day an outage has the topology for itself.
    const calmly = name === 'store-taken-away' ? 600_000 : 0;
    const begins = how.calm ? calmly : between(chance, 0, 2000);
    world.time.at(begins, () => drive(wholeCase(lane, scripts[name])));
  }
  world.time.pass();
  return world;
}

type CaseName = keyof typeof scripts;

/** One thing a case does; it goes on when it is told what came of it. */
type Act = (resume: (seen?: Verdict) => void) => void;
type Script = Generator<Act, void, Verdict | undefined>;

function drive(script: Script): void {
  const step = (seen?: Verdict): void => {
    const { done, value } = script.next(seen);
    if (done !== true) value(step);
  };
  step();
}

function* wholeCase(lane: Lane, script: (lane: Lane) => Script): Script {
  const attempts = lane.calm ? 1 : lane.chance.pick([1, 1, 2]);
  for (lane.attempt = 1; lane.attempt <= attempts; lane.attempt += 1) {
    lane.tells('begun');
    yield* script(lane);
    for (const door of ['replica-1', 'replica-2'] as const) yield lane.posts(lane.letter(), null, { door });
    lane.tells('ended');
  }
}

const replayed = ['REPLAY_NONCE_USED'];
const closed = ['SIGNER_UNAVAILABLE', 'INTERNAL_ERROR'];

const scripts = {
  *'replayed-everywhere'(lane: Lane): Script {
    for (const [first, second] of [doors, doors.toReversed()]) {
      const letter = lane.letter();
      yield lane.posts(letter, [ACCEPTED], { door: first! });
      yield lane.posts(letter, replayed, { door: second! });
      yield lane.posts({ ...letter, timestamp: lane.dated(0) }, replayed, { door: first! });
      yield lane.posts(letter, replayed, { door: 'balancer' });
    }
  },

  *'around-the-time-to-live'(lane: Lane): Script {
    const { ttlMs } = lane.world.limits;
    for (const [wait, claim] of [
      [ttlMs + 60, [ACCEPTED]],
      [ttlMs - 300, replayed],
    ] as const) {
      const letter = lane.letter();
      yield lane.posts(letter, [ACCEPTED]);
      yield lane.waits(wait, 400);
      const again = { ...letter, timestamp: lane.dated(0) };
      yield lane.posts(again, claim);
      yield lane.posts({ ...letter, timestamp: lane.dated(0) }, replayed);
    }
  },

  *'dated-ahead'(lane: Lane): Script {
    const { ageMs } = lane.world.limits;
    const letter = lane.letter({ timestamp: lane.dated(0.6 * ageMs) });
    yield lane.posts(letter, [ACCEPTED]);
    for (let part = 0; part < 6; part += 1) {
      yield lane.waits(0.3 * ageMs, 0.2 * ageMs);
      yield lane.posts(letter, ['REPLAY_NONCE_USED', 'AUTH_TIMESTAMP_SKEW']);
    }
  },

  *'raced-for'(lane: Lane): Script {
    for (let round = 0; round < 4; round += 1) {
      yield lane.races(lane.letter(), 6);
      yield lane.waits(5, 5);
    }
  },

  *'looked-up'(lane: Lane): Script {
    for (let round = 0; round < 3; round += 1) {
      const letter = lane.letter();
      yield lane.posts(letter, null);
      if (!lane.calm) yield lane.waits(100, 100);
      lane.looksUp(letter);
    }
  },

  *'all-sorts'(lane: Lane): Script {
    for (const sort of lane.chance.shuffled(sorts)) yield* sort(lane);
  },

  *'all-sorts-again'(lane: Lane): Script {
    for (const sort of lane.chance.shuffled(sorts)) yield* sort(lane);
  },

  *'secret-removed'(lane: Lane): Script {
    const [old, next] = [`${lane.name}/removed`, `${lane.name}/next`];
    const { story, limits } = lane.world;
    const begun = story.events.find((event) => event.type === 'state')?.holding as Holding;
    const allowing = (secrets: string[]): Holding => ({
      ...begun,
      nonceTtlSeconds: (limits.ttlMs / 1000) * (lane.calm ? 1 : lane.chance.pick([1, 1, 1.5])),
      clients: begun.clients.map(([id, list]) => [id, id === lane.name ? secrets : list]),
    });
    const settled = bounds.appliesWithinMs + (lane.calm ? 10 : between(lane.chance, -4000, 500));
    yield lane.posts(lane.letter({ signedWith: next }), ['AUTH_INVALID_HMAC']);
    lane.world.changesTo(allowing([old, next]), lane.chance);
    if (!lane.calm) yield* eitherSecret(lane, [old, next]);
    yield lane.waits(settled);
    yield lane.posts(lane.letter({ signedWith: next }), [ACCEPTED]);
    yield lane.posts(lane.letter({ signedWith: old }), [ACCEPTED]);
    lane.world.changesTo(allowing([next]), lane.chance);
    if (!lane.calm) yield* eitherSecret(lane, [old, next]);
    yield lane.waits(settled);
    yield lane.posts(lane.letter({ signedWith: next }), [ACCEPTED], { door: 'replica-1' });
    yield lane.posts(lane.letter({ signedWith: old }), ['AUTH_INVALID_HMAC'], { door: 'replica-1' });
    // The next attempt, and the control, begin where this one did.
    lane.world.changesTo(begun, lane.chance);
    yield lane.waits(bounds.appliesWithinMs + 10);
  },

  *'store-taken-away'(lane: Lane): Script {
    const { world } = lane;
    const spent = lane.letter();
    yield lane.posts(spent, null, { door: 'replica-1' });
    if (!world.weather.outages && !lane.calm) return;
    lane.probes('ready');
    yield (resume) => world.cutsStore(lane.chance, resume);
    for (const door of doors) {
      yield lane.posts(lane.letter(), closed, { door });
      yield lane.posts({ ...spent, timestamp: lane.dated(0) }, closed, { door });
    }
    lane.probes('not-ready');
    yield (resume) => world.mendsStore(lane.chance, resume);
    for (const door of doors) {
      const deadline = world.time.now + bounds.recoversWithinMs;
      let seen: Verdict | undefined;
      do {
        seen = yield lane.posts(lane.letter(), null, { door });
        yield lane.waits(50);
      } while (seen !== ACCEPTED && world.time.now < deadline);
      yield lane.posts(lane.letter(), [ACCEPTED], { door });
    }
    lane.probes('ready');
  },
};

const judgedBy: Partial<Record<CaseName, readonly string[]>> = {
  'raced-for': ['one-of-each-race'],
  'looked-up': ['key-in-store'],
  'store-taken-away': ['failed-closed', 'told-truth'],
};

const doors: readonly DoorName[] = ['replica-1', 'replica-2'];

function* eitherSecret(lane: Lane, secrets: readonly string[]): Script {
  for (let count = 0; count < 8; count += 1) {
    yield lane.posts(lane.letter({ signedWith: lane.chance.pick(secrets) }), null);
    yield lane.waits(100, 100);
  }
}

/** Requests of every sort, each with the verdict it would deserve on a calm day. */
const sorts: readonly ((lane: Lane) => Script)[] = [
  one([ACCEPTED], () => ({})),
  one(['AUTH_INVALID_CLIENT'], () => ({ client: '' })),
  one(['AUTH_INVALID_CLIENT'], () => ({ client: '__proto__' })),
  one(['AUTH_TIMESTAMP_SKEW'], (lane) => ({ timestamp: lane.dated(-lane.world.limits.ageMs - 500) })),
  one(['AUTH_TIMESTAMP_SKEW'], (lane) => ({ timestamp: lane.dated(lane.world.limits.ageMs + 500) })),
  one(['AUTH_TIMESTAMP_SKEW'], () => ({ timestamp: '1e12' })),
  one(null, (lane) => ({ timestamp: lane.dated(-lane.world.limits.ageMs + between(lane.chance, -40, 40)) })),
  one(null, (lane) => ({ timestamp: lane.dated(lane.world.limits.ageMs + between(lane.chance, -40, 40)) })),
  one(['AUTH_INVALID_NONCE'], () => ({ nonces: ['short'] })),
  one(['AUTH_INVALID_NONCE'], () => ({ nonces: ['with.a.full.stop.in.it'] })),
  one(['AUTH_INVALID_SIGNATURE_FORMAT'], () => ({ signature: 'not-hex', signedWith: undefined })),
  one(['AUTH_INVALID_HMAC'], () => ({ signedWith: undefined })),
  one(['AUTH_INVALID_HMAC'], () => ({ signedWith: 'replayed-everywhere/removed' })),
  one(['AUTH_MTLS_REQUIRED'], () => ({}), { peer: null }),
  one(['AUTH_MTLS_REQUIRED'], () => ({}), { peer: { ...validPeer, issuer: 'rogue' } }),
  one(null, () => ({}), { peer: { ...validPeer, notAfter: EPOCH + 1500 } }),
  one([ACCEPTED, 'POLICY_SELECTOR_DENIED', 'POLICY_CALL_NOT_ALLOWED'], () => ({ bodyOffered: false })),
  one(null, (lane) => ({ nonces: [`shared-nonce-number-${lane.chance.pick([1, 2, 3])}`] })),
  function* sameNonceUnauthenticatedFirst(lane) {
    const letter = lane.letter();
    yield lane.posts({ ...letter, signedWith: undefined }, null);
    yield lane.posts({ ...letter, timestamp: '17' }, null);
    yield lane.posts(letter, [ACCEPTED]);
  },
  function* sentTwice(lane) {
    const [used, other] = [lane.letter(), lane.letter()];
    yield lane.posts(used, [ACCEPTED]);
    yield lane.posts({ ...used, nonces: [...used.nonces, ...other.nonces] }, null);
    yield lane.posts({ ...other, nonces: [...other.nonces, ...used.nonces] }, null);
    yield lane.posts(lane.letter({ nonces: [...lane.letter().nonces, ...used.nonces] }), null);
    yield lane.posts(lane.letter({ nonces: other.nonces }), null);
  },
  function* sameNonceAtOnce(lane) {
    const letter = lane.letter();
    // Nobody waits for the first: two letters with one nonce are under way together.
    lane.posts(letter, null, { door: 'replica-1' })(() => undefined);
    yield lane.posts({ ...letter, timestamp: lane.dated(1) }, null, { door: 'replica-2' });
  },
];

function one(
  claim: readonly Verdict[] | null,
  change: (lane: Lane) => Partial<Letter>,
  how: { peer?: Peer | null } = {},
): (lane: Lane) => Script {
  return function* (lane) {
    yield lane.posts(lane.letter(change(lane)), claim, how);
  };
}

/** One case under way, as its client. */
class Lane {
  readonly name: CaseName;
  readonly world: World;
  readonly chance: Chance;
  readonly calm: boolean;
  readonly #claimsAnything: boolean;
  attempt = 1;
  #letters = 0;

  constructor(name: CaseName, world: World, chance: Chance, calm: boolean) {
    this.name = name;
    this.world = world;
    this.chance = chance;
    this.calm = calm;
    this.#claimsAnything = !calm && chance.pick([true, false]);
  }

  dated(fromNow: number): string {
    return String(Math.round(EPOCH + this.world.time.now + fromNow));
  }

  letter(change: Partial<Letter> = {}): Letter {
    this.#letters += 1;
    return {
      client: this.name,
      nonces: [`${this.name}-nonce-${String(this.#letters).padStart(8, '0')}`],
      timestamp: this.dated(0),
      signature: 'hex',
      signedWith: `${this.name}/removed`,
      bodyOffered: true,
      ...change,
    };
  }

  posts(
    letter: Letter,
    claim: readonly Verdict[] | null,
    how: { door?: DoorName; peer?: Peer | null } = {},
  ): Act {
    const door = how.door ?? this.chance.pick([...doors, 'balancer'] as const);
    const { peer = validPeer } = how;
    const claimed = this.#claimsAnything ? this.#claimOf(claim) : claim;
    return (resume) =>
      void this.world.posts(
        letter,
        { case: this.name, attempt: this.attempt, door, peer, claim: claimed, label: 'as signed' },
        (seen) => resume(seen),
      );
  }

  /** Several of the same at the same moment; it goes on when the last has ended. */
  races(letter: Letter, count: number): Act {
    return (resume) => {
      let open = count;
      const over = (): void => {
        open -= 1;
        if (open === 0) resume();
      };
      const requests = Array.from({ length: count }, (_, at) => {
        const door = doors[at % doors.length]!;
        const how = { door, peer: validPeer, claim: null, label: 'raced' };
        return this.world.posts(letter, { case: this.name, attempt: this.attempt, ...how }, over);
      });
      this.world.story.tell({ type: 'race', ...this.#occasion(), requests });
    };
  }

  /** Waits this long; where the weather is rough, up to so much more or less. */
  waits(ms: number, slack = 0): Act {
    const wait = this.calm ? ms : ms + between(this.chance, -slack, slack);
    return (resume) => this.world.time.at(this.world.time.now + wait, () => resume());
  }

  looksUp(letter: Letter): void {
    const prefix = holding.storeNamespace.slice(2);
    const [nonce = ''] = letter.nonces;
    const { world } = this;
    const found = world.signer.keysHolding(nonce, world.time.now);
    world.story.tell({
      type: 'store-look',
      ...this.#occasion(),
      request: 'as signed',
      expectedKey: `${prefix}${JSON.stringify([letter.client, nonce])}`,
      found: found.map(({ key, ttlMs }) => ({
        key: `${prefix}${key}`,
        ttlMs: Math.min(ttlMs, world.limits.ttlMs),
      })),
      retentionMs: world.limits.ttlMs,
    });
  }

  probes(should: 'ready' | 'not-ready'): void {
    for (const replica of ['replica-1', 'replica-2'] as const) {
      const said = this.world.isReady(replica) ? 'ready' : 'not-ready';
      this.world.story.tell({
        type: 'probe',
        ...this.#occasion(),
        source: 'replica',
        present: true,
        truthful: said === should,
        evidence: `${replica} says it is ${said}`,
      });
    }
  }

  tells(phase: 'begun' | 'ended'): void {
    this.world.story.tell({ type: 'case', ...this.#occasion(), phase, topology: TOPOLOGY });
  }

  #occasion() {
    return { at: this.world.time.now, case: this.name as string, attempt: this.attempt };
  }

  /** What a case claims may make it undecided and nothing worse, so it may claim anything. */
  #claimOf(claim: readonly Verdict[] | null): readonly Verdict[] | null {
    if (!oneIn(this.chance, 4)) return claim;
    return this.chance.pick([null, [ACCEPTED], [this.chance.pick(refusals)]]);
  }
}
