import { open } from 'node:fs/promises';
import type { Facts } from '../../harness/contract/signer-auth-v1/facts.ts';
import type { Holding } from '../../harness/contract/signer-auth-v1/holding.ts';
import { signerAuthV1 } from '../../harness/contract/signer-auth-v1/signer-auth-v1.ts';
import type { EventOf, HistoryEvent } from '../../harness/judge/events.ts';

/** The rate that the generator of traffic has to hold. */
const PER_SECOND = 2000;
const COURSE_MS = 30_000;
const STEP_MS = 5000;
const ROLL_MS = 400;
const EPOCH = 1_772_443_800_000;
const TOPOLOGY = 'secrets';
const REPLICAS = ['replica-1', 'replica-2'] as const;

type Replica = (typeof REPLICAS)[number];
type Secret = 'current' | 'next' | 'rogue';
type Stream = EventOf<'stream'>;

const CLAUSES = {
  honest: { accepted: 'secrets/others-refused', refused: 'rotation/no-downtime' },
  current: { accepted: 'rotation/removed-secret', refused: 'rotation/overlap' },
  rogue: { accepted: 'secrets/others-refused', refused: 'secrets/others-refused' },
  replayed: { accepted: 'rollback/nonces-stay-spent', refused: 'replay/single-use' },
} as const;

/** One way of the traffic, and how many of a hundred requests go it. */
interface Way {
  readonly kind: keyof typeof CLAUSES;
  readonly target: Replica | 'balancer';
  readonly mode: Stream['mode'];
  readonly share: number;
}

const ways: readonly Way[] = [
  { kind: 'honest', target: 'replica-1', mode: 'kept', share: 20 },
  { kind: 'honest', target: 'replica-2', mode: 'kept', share: 20 },
  { kind: 'honest', target: 'balancer', mode: 'kept', share: 20 },
  { kind: 'honest', target: 'replica-1', mode: 'fresh', share: 3 },
  { kind: 'honest', target: 'replica-2', mode: 'resumed', share: 3 },
  { kind: 'current', target: 'replica-1', mode: 'kept', share: 6 },
  { kind: 'current', target: 'replica-2', mode: 'kept', share: 6 },
  { kind: 'current', target: 'replica-2', mode: 'fresh', share: 2 },
  { kind: 'rogue', target: 'replica-1', mode: 'kept', share: 4 },
  { kind: 'rogue', target: 'replica-2', mode: 'kept', share: 4 },
  { kind: 'replayed', target: 'replica-1', mode: 'kept', share: 6 },
  { kind: 'replayed', target: 'replica-2', mode: 'kept', share: 6 },
];

/** Each way as often as its share, and well mixed. */
const turns = ways
  .flatMap((way, number) =>
    Array.from({ length: way.share }, (_, turn) => ({ number, at: (turn + 0.5) / way.share })),
  )
  .toSorted((a, b) => a.at - b.at)
  .map(({ number }) => number);

/** What replicas are given, one after the other, and what clients sign with from then on. */
const steps: readonly { readonly id: string; readonly allowed?: readonly Secret[]; readonly uses: Secret }[] =
  [
    { id: 'allow-next', allowed: ['current', 'next'], uses: 'current' },
    { id: 'sign-with-next', uses: 'next' },
    { id: 'remove-current', allowed: ['next'], uses: 'next' },
    { id: 'allow-current', allowed: ['next', 'current'], uses: 'current' },
    { id: 'remove-next', allowed: ['current'], uses: 'current' },
  ];

/** Writes the history of a drill over signers that do everything right, and tells how many records it has. */
export async function writeMadeUpTraffic(path: string, leastRecords: number): Promise<number> {
  const file = await open(path, 'wx', 0o600);
  let records = 0;
  try {
    let lines = '';
    for (const event of madeUp(leastRecords)) {
      records += 1;
      lines += `${JSON.stringify(event)}\n`;
      if (lines.length < 1 << 20) continue;
      await file.appendFile(lines);
      lines = '';
    }
    await file.appendFile(lines);
  } finally {
    await file.close();
  }
  return records;
}

/** Whole courses, as many as are needed. */
function* madeUp(leastRecords: number): Generator<HistoryEvent> {
  const count = Math.ceil(leastRecords / (2 * PER_SECOND * (COURSE_MS / 1000)));
  const courses = Array.from({ length: count }, (_, index) => `course-${index + 1}`);
  const drill = new MadeUpDrill();
  yield* drill.begins(courses);
  for (const course of courses) yield* drill.course(course);
  yield { type: 'end', at: drill.at, complete: true };
}

interface Flow {
  readonly way: Way;
  readonly stream: string;
  readonly connection: string;
  readonly secret: Secret;
}

interface UnderWay {
  readonly id: string;
  readonly nonce: string;
  readonly answeredAt: number;
  /** The refusal's code; nothing where it is let in. */
  readonly refusal: string | undefined;
}

/** Two replicas, the requests on their way to them, and a clock that goes from one request to the next. */
class MadeUpDrill {
  at = 0;
  readonly #allowed: Record<Replica, readonly Secret[]> = {
    'replica-1': ['current'],
    'replica-2': ['current'],
  };
  readonly #underWay: UnderWay[] = [];
  /** Nonces that were let in not long ago. */
  readonly #spent: string[] = [];
  #given = 0;

  *begins(courses: readonly string[]): Generator<HistoryEvent> {
    const clauses = ['rotation/replicas-agree', ...Object.values(CLAUSES).map(({ accepted }) => accepted)];
    yield {
      type: 'run',
      at: 0,
      schema: 1,
      contract: signerAuthV1.id,
      signer: 'made up',
      seed: 1,
      epochMs: EPOCH,
      dialect: signerAuthV1.dialect.parse({}),
      claims: {},
      bounds: {
        answersWithinMs: 2000,
        failClosedWithinMs: 2000,
        appliesWithinMs: 1000,
        recoversWithinMs: 5000,
      },
      reproduce: 'keydrill drill --only {id} --seed 1',
      planned: courses.flatMap((id) =>
        [...new Set(clauses)].map(
          (clause) => ({ id, clause, level: 'must', kind: 'procedure', judgedBy: [] }) as const,
        ),
      ),
    };
    const replicas = REPLICAS.map((name) => ({ name, clockOffsetMs: 0, clockErrorMs: 2 }));
    yield { type: 'topology', at: 0, topology: TOPOLOGY, replicas };
    for (const replica of REPLICAS) yield this.#state(replica, 'begun', this.#allowed[replica]);
  }

  *course(id: string): Generator<HistoryEvent> {
    const happened = { type: 'case', case: id, attempt: 1, topology: TOPOLOGY } as const;
    yield { ...happened, at: this.at, phase: 'begun' };
    const connections = ways.map((way) => this.#connection(way));
    yield* connections;
    for (const { id: step, uses, allowed } of steps) {
      yield this.#step(id, step, 'begun');
      const streams = ways.map((way) => this.#stream(id, way, uses));
      yield* streams;
      const flows = ways.map((way, number) => ({
        way,
        stream: streams[number]!.id,
        connection: connections[number]!.id,
        secret: secretOf(way, uses),
      }));
      for (const replica of allowed ? REPLICAS : []) yield* this.#roll(replica, allowed!, flows);
      yield this.#step(id, step, 'ended');
      yield* this.#flow(flows, STEP_MS);
    }
    yield* this.#answers(Infinity);
    yield { ...happened, at: this.at, phase: 'ended' };
  }

  /** Half of the time it still holds what it held before. */
  *#roll(replica: Replica, allowed: readonly Secret[], flows: readonly Flow[]): Generator<HistoryEvent> {
    yield this.#state(replica, 'begun', allowed);
    yield* this.#flow(flows, ROLL_MS / 2);
    this.#allowed[replica] = allowed;
    yield* this.#flow(flows, ROLL_MS / 2);
    yield this.#state(replica, 'witnessed', allowed);
  }

  *#flow(flows: readonly Flow[], lastsMs: number): Generator<HistoryEvent> {
    for (const until = this.at + lastsMs; this.at < until; this.at = rounded(this.at + 1000 / PER_SECOND)) {
      yield* this.#answers(this.at);
      const number = turns[this.#given % turns.length]!;
      yield* this.#request(flows[number]!);
    }
  }

  *#request({ way, stream, connection, secret }: Flow): Generator<HistoryEvent> {
    const id = this.#next('q');
    const spent = way.kind === 'replayed' ? this.#spent[this.#given % this.#spent.length] : undefined;
    const nonce = spent ?? `9f86d081884c7d65-${id.padStart(9, '0')}`;
    const opened = way.mode === 'kept' ? undefined : this.#connection(way);
    if (opened) yield opened;
    yield {
      type: 'sent',
      at: this.at,
      id,
      stream,
      connection: opened?.id ?? connection,
      due: rounded(this.at - 0.2),
      stamp: [String(EPOCH + Math.floor(this.at)), nonce],
    };
    const known = this.#allowed[servedBy(way)].includes(secret);
    const refusal = known ? spent && 'REPLAY_NONCE_USED' : 'AUTH_INVALID_HMAC';
    this.#underWay.push({ id, nonce, answeredAt: rounded(this.at + TAKES_MS), refusal });
  }

  *#answers(until: number): Generator<HistoryEvent> {
    while (this.#underWay[0] && this.#underWay[0].answeredAt <= until) {
      const { id, nonce, answeredAt: at, refusal } = this.#underWay.shift()!;
      if (refusal === undefined) {
        yield { type: 'got', at, id, status: 200 };
        this.#spent[this.#given % SPENT] = nonce;
      } else {
        const body = JSON.stringify({
          error: 'refused',
          errorCode: refusal,
          requestId: id,
          retryable: false,
        });
        yield { type: 'got', at, id, status: refusal === 'REPLAY_NONCE_USED' ? 409 : 401, body };
      }
      this.at = Math.max(this.at, at);
    }
  }

  #connection(way: Way): EventOf<'connection'> {
    const { target, mode } = way;
    return {
      type: 'connection',
      at: this.at,
      id: this.#next('c'),
      topology: TOPOLOGY,
      target,
      mode,
      peer: {
        id: 'client-valid',
        issuer: 'old',
        notBefore: EPOCH - DAY_MS,
        notAfter: EPOCH + DAY_MS,
        purposes: ['client'],
      },
      servedBy: servedBy(way),
      resumed: mode === 'resumed',
      shown: `old/${servedBy(way)}`,
      since: this.at,
    };
  }

  #stream(inCase: string, { kind, target, mode }: Way, uses: Secret): EventOf<'stream'> {
    return {
      type: 'stream',
      at: this.at,
      id: this.#next('s'),
      case: inCase,
      topology: TOPOLOGY,
      target,
      mode,
      credential: kind,
      honest: kind === 'honest',
      clauses: CLAUSES[kind],
      facts: factsOf(secretOf({ kind }, uses)),
    };
  }

  #step(inCase: string, step: string, phase: 'begun' | 'ended'): EventOf<'step'> {
    return {
      type: 'step',
      at: this.at,
      case: inCase,
      topology: TOPOLOGY,
      step,
      sentence: `${step}, one replica after the other`,
      runbook: ['hmac/1'],
      direction: 'forward',
      phase,
    };
  }

  #state(replica: Replica, phase: 'begun' | 'witnessed', allowed: readonly Secret[]): EventOf<'state'> {
    return {
      type: 'state',
      at: this.at,
      topology: TOPOLOGY,
      replica,
      phase,
      holding: holdingOf(replica, allowed),
    };
  }

  #next(kind: string): string {
    this.#given += 1;
    return `${kind}${this.#given.toString(36)}`;
  }
}

const TAKES_MS = 2.4;
const DAY_MS = 86_400_000;
/** So many are ready to be replayed. */
const SPENT = 500;

const servedBy = ({ target }: Way): Replica => (target === 'balancer' ? 'replica-1' : target);

function secretOf({ kind }: Pick<Way, 'kind'>, uses: Secret): Secret {
  return kind === 'current' || kind === 'rogue' ? kind : uses;
}

const factsOf = (secret: Secret): Facts => ({
  readings: [
    {
      client: 'drill-client-one',
      timestamp: String(EPOCH),
      nonce: '9f86d081884c7d65-000000000',
      nonceBytes: 26,
      signature: 'hex',
      verifies: [`one/${secret}`],
    },
  ],
  oddWire: false,
  endpointOffered: true,
  bodyOffered: true,
  method: 'POST',
  target: '/v1/sign/session-transaction',
  bodyDigest: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
});

const holdingOf = (replica: Replica, allowed: readonly Secret[]): Holding => ({
  clients: [
    ['keydrill-scout', ['scout/current']],
    ['drill-client-one', allowed.map((secret) => `one/${secret}`)],
  ],
  clientTrust: ['old'],
  requireMtls: true,
  timestampMaxAgeMs: 60_000,
  nonceTtlSeconds: 120,
  server: `old/${replica}`,
  storeNamespace: '0:nonce:',
});

const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;
