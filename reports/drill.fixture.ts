import type { EventOf, EventType, HistoryEvent } from '../harness/judge/events.ts';
import { signerAuthV1 } from '../harness/contract/signer-auth-v1/signer-auth-v1.ts';
import { Faults } from '../harness/judge/faults.ts';
import type { Finding } from '../harness/judge/findings.ts';
import type { CaseTally, Counts } from '../harness/judge/traffic/tally.ts';
import { finding, resultsOf } from './results.fixture.ts';
import type { Told } from './drill.ts';
import { toldBy, type Results } from './results.ts';
import { added, NOBODY } from './wrongs.ts';

/** A procedure of which a fixture makes up every course. */
export interface MadeUp {
  readonly id: string;
  readonly what: 'alpha' | 'clientTrust';
  readonly steps: readonly {
    readonly id: string;
    readonly sentence: string;
    readonly to?: readonly string[];
  }[];
}

export const secretRotation: MadeUp = {
  id: 'hmac-secret',
  what: 'alpha',
  steps: [
    {
      id: 'allow-next',
      sentence: 'Allow the next secret beside the current one, one replica at a time.',
      to: ['current', 'next'],
    },
    { id: 'sign-with-next', sentence: 'Clients sign with the next secret.' },
    { id: 'remove-current', sentence: 'Remove the current secret from every replica.', to: ['next'] },
  ],
};

export const trustRotation: MadeUp = {
  id: 'client-authority',
  what: 'clientTrust',
  steps: [
    { id: 'trust-both', sentence: 'Put the new authority beside the old one.', to: ['old', 'next'] },
    { id: 'show-next', sentence: 'Clients show certificates of the new authority.' },
    { id: 'remove-old', sentence: 'Take the old authority out of the bundle.', to: ['next'] },
  ],
};

const STEP_MS = 2400;
const ROLL_MS = 700;
const APPLIES_MS = 500;
const SLOT_MS = 100;
const REPLICAS = ['replica-1', 'replica-2'] as const;

/** Tells a course as the harness would: how far it goes, whether it ends in mid-roll, and how it comes back. */
export class MadeUpRun implements Told {
  readonly events: HistoryEvent[] = [];
  readonly contract = signerAuthV1;
  readonly faults = new Faults();
  readonly #tallies: CaseTally[] = [];
  readonly #held = new Map<string, readonly string[]>();
  readonly planned: EventOf<'run'>['planned'] = [];
  at = 0;

  readonly traffic = {
    tallies: (): readonly CaseTally[] => this.#tallies,
    course: (id: string) => {
      const tally = this.#tallies.find((each) => each.case === id);
      return tally && { told: () => tally };
    },
    schedule: () => ({
      sent: 81_202,
      answered: 81_190,
      dropped: 0,
      lagMs: { p50: 0.4, p99: 2.6, max: 11 },
      latencyMs: { p50: 3.1, p99: 14, max: 212 },
    }),
  };

  get run(): EventOf<'run'> {
    return { epochMs: 1_772_443_800_000, planned: this.planned } as unknown as EventOf<'run'>;
  }

  all<T extends EventType>(type: T): readonly EventOf<T>[] {
    return this.events.filter((event): event is EventOf<T> => event.type === type);
  }

  /** Whom no case asked by itself, only streams. */
  ofCase(): readonly [] {
    return [];
  }

  /** One course; `wrong` is a credential that is wrongly decided for a while after the second step. */
  course(
    procedure: MadeUp,
    how: {
      name?: string;
      steps: number;
      half?: boolean;
      back?: 'in-reverse' | 'at-once';
      wrong?: 'accepted' | 'refused';
      restarted?: boolean;
      /** A fault in the middle of the last step. */
      fault?: 'witnessed' | 'unwitnessed';
    },
  ): string {
    const id = how.name === undefined ? procedure.id : `${procedure.id}.${how.name}`;
    for (const clause of ['rotation/no-downtime', 'rotation/removed-secret', 'rollback/restores']) {
      this.planned.push({ id, clause, level: 'must', kind: 'procedure', judgedBy: [] });
    }
    const from = this.at;
    const first = procedure.what === 'alpha' ? ['current'] : ['old'];
    for (const replica of REPLICAS) this.#held.set(replica, first);
    this.events.push({ type: 'case', at: from, case: id, attempt: 1, phase: 'begun', topology: 'secrets' });
    for (const replica of REPLICAS) this.#state(procedure, replica, from);
    this.#streams(id);
    this.at += 800;
    const taken = procedure.steps.slice(0, how.steps);
    for (const [index, step] of taken.entries()) {
      const last = index === taken.length - 1;
      this.#step(id, procedure, step, { ...how, half: how.half === true && last, fault: last && how.fault });
    }
    const middle = this.at;
    const back = how.back === 'in-reverse' ? taken.toReversed() : how.back ? [{ id: 'straight-back' }] : [];
    for (const step of back) {
      this.#told(id, step.id, 'Give back what was there before.', 'back', 'begun');
      for (const replica of REPLICAS) {
        this.#held.set(replica, first);
        this.#state(procedure, replica, this.at);
        this.at += ROLL_MS;
      }
      this.#told(id, step.id, 'Give back what was there before.', 'back', 'ended');
      this.at += 500;
    }
    this.at += 600;
    this.events.push({
      type: 'case',
      at: this.at,
      case: id,
      attempt: 1,
      phase: 'ended',
      topology: 'secrets',
    });
    this.#tallies.push(this.#tally(id, { from, middle, to: this.at }, how.wrong));
    this.at += 300;
    return id;
  }

  #step(
    id: string,
    procedure: MadeUp,
    step: MadeUp['steps'][number],
    { half, restarted, fault }: { half: boolean; restarted?: boolean; fault: string | false | undefined },
  ): void {
    this.#told(id, step.id, step.sentence, 'forward', 'begun');
    for (const replica of half ? REPLICAS.slice(0, 1) : REPLICAS) {
      if (step.to === undefined) continue;
      const window = { type: 'window', topology: 'secrets', replica, why: 'it is restarted' } as const;
      if (restarted) this.events.push({ ...window, at: this.at, phase: 'opened' });
      this.#held.set(replica, step.to);
      this.#state(procedure, replica, this.at);
      this.at += ROLL_MS;
      if (restarted) this.events.push({ ...window, at: this.at - 100, phase: 'closed' });
      if (replica === 'replica-1') this.#told(id, step.id, step.sentence, 'forward', 'half-rolled');
      if (replica === 'replica-1' && fault) this.#suffers(fault === 'witnessed');
    }
    this.at += 200;
    if (!half) this.#told(id, step.id, step.sentence, 'forward', 'ended');
    this.at += STEP_MS - 2 * ROLL_MS;
  }

  /** For half a second, a tenth of which passes before it can be seen. */
  #suffers(witnessed: boolean): void {
    const fault = { type: 'fault', fault: 'store-unreachable', topology: 'secrets', store: 'away' } as const;
    const told = { ...fault, evidence: 'the store counts 0 connections' };
    const tell = (phase: EventOf<'fault'>['phase'], after: number): void => {
      const event = { ...told, phase, at: this.at + after };
      this.events.push(event);
      this.faults.add(event);
    };
    tell('injecting', 0);
    tell(witnessed ? 'witnessed' : 'unwitnessed', 50);
    tell('healing', 500);
    tell('healed', 560);
    this.at += 560;
  }

  #told(
    id: string,
    step: string,
    sentence: string,
    direction: 'forward' | 'back',
    phase: 'begun' | 'half-rolled' | 'ended',
  ): void {
    const told = { step, sentence, runbook: ['hmac/1', 'hmac/2'], direction, phase };
    this.events.push({ type: 'step', at: this.at, case: id, topology: 'secrets', ...told });
  }

  #state({ id, what }: MadeUp, replica: string, at: number): void {
    const held = this.#held.get(replica) ?? [];
    const secrets = what === 'alpha' ? held : ['current'];
    const holding = {
      clients: [
        ['keydrill-scout', ['secrets/keydrill-scout']],
        [`${id}.alpha`, secrets.map((name) => `${id}/alpha/${name}`)],
      ],
      clientTrust: what === 'clientTrust' ? held : ['old'],
      requireMtls: true,
      server: `secrets/${replica}`,
    };
    const state = { type: 'state', topology: 'secrets', replica, holding } as const;
    this.events.push({ ...state, at, phase: 'begun', deadline: at + APPLIES_MS });
  }

  #streams(id: string): void {
    const stream = {
      type: 'stream',
      at: this.at,
      case: id,
      topology: 'secrets',
      mode: 'fresh',
      facts: {},
    } as const;
    for (const { credential, honest } of credentials) {
      this.events.push({
        ...stream,
        id: `${id}/${credential}`,
        target: 'replica-1',
        credential,
        honest,
        clauses: { accepted: 'rotation/removed-secret', refused: 'rotation/no-downtime' },
      });
    }
  }

  #tally(
    id: string,
    { from, middle, to }: { from: number; middle: number; to: number },
    wrong: 'accepted' | 'refused' | undefined,
  ): CaseTally {
    const length = Math.ceil((to - from) / SLOT_MS);
    const rows = credentials.map(({ credential, honest, perSlot }) => ({
      credential,
      slots: Array.from({ length }, (_, index): Counts => {
        const moment = from + index * SLOT_MS;
        const many = perSlot + ((index * 7) % 3);
        const ill = moment >= middle - 900 && moment < middle - 300;
        if (credential === 'no certificate')
          return { ...NOBODY, unknown: index % 9 === 0 ? 1 : 0, refused: many };
        if (honest && wrong === 'refused' && ill)
          return { ...NOBODY, accepted: many - 2, wronglyRefused: 1, unserved: 1 };
        if (honest) return { ...NOBODY, accepted: many };
        if (credential === 'old secret' && moment < middle - 1700) return { ...NOBODY, accepted: many };
        if (credential === 'old secret' && wrong === 'accepted' && ill)
          return { ...NOBODY, refused: many - 1, wronglyAccepted: 1 };
        return { ...NOBODY, refused: many };
      }),
    }));
    return {
      case: id,
      topology: 'secrets',
      from,
      to,
      credentials: rows.map(({ credential, slots }, index) => ({
        credential,
        honest: credentials[index]?.honest ?? false,
        counts: total(slots),
      })),
      honest: {
        served: total(rows[0]?.slots ?? []).accepted,
        unserved: wrong === 'refused' ? 12 : 0,
        longestGapMs: wrong === 'refused' ? 420 : 38,
      },
      deaths: REPLICAS.map((replica, index) => ({
        credential: 'old secret',
        replica,
        mode: 'kept',
        afterMs: (wrong === 'accepted' ? 1310 : 204) + 30 * index,
        boundMs: APPLIES_MS,
      })),
      timeline: { from, slotMs: SLOT_MS, rows },
    };
  }
}

const total = (slots: readonly Counts[]): Counts => slots.reduce(added, NOBODY);

const credentials = [
  { credential: 'secret in use', honest: true, perSlot: 8 },
  { credential: 'old secret', honest: false, perSlot: 3 },
  { credential: 'rogue secret', honest: false, perSlot: 2 },
  { credential: 'spent nonce', honest: false, perSlot: 2 },
  { credential: 'no certificate', honest: false, perSlot: 1 },
];

/** Two procedures with every course of them, of which some went wrong where they are said to. */
export function madeUpDrill(wrongs: Readonly<Record<string, 'accepted' | 'refused'>> = {}): MadeUpRun {
  const run = new MadeUpRun();
  for (const procedure of [secretRotation, trustRotation]) {
    const ill = (id: string) => {
      const wrong = wrongs[id];
      return wrong && { wrong };
    };
    const restarted = procedure === trustRotation;
    run.course(procedure, { steps: procedure.steps.length, restarted, ...ill(procedure.id) });
    for (const [index, { id, to }] of procedure.steps.entries()) {
      for (const back of ['in-reverse', 'at-once'] as const) {
        for (const half of to === undefined ? [false] : [true, false]) {
          const name = `back-${back}-${half ? 'half-of' : 'after'}-${id}`;
          run.course(procedure, { name, steps: index + 1, half, back, ...ill(`${procedure.id}.${name}`) });
        }
      }
    }
  }
  return run;
}

/** The same run as somebody sees it who watches at this moment. */
export const watchedAt = (run: MadeUpRun, moment: number): Told => ({
  run: run.run,
  contract: run.contract,
  ofCase: () => run.ofCase(),
  all: (type) => run.all(type).filter(({ at }) => at <= moment),
  faults: run.all('fault').reduce((faults, event) => {
    if (event.at <= moment) faults.add(event);
    return faults;
  }, new Faults()),
  traffic: run.traffic,
});

/** The findings that these courses would come to. */
export const findingsOf = (run: MadeUpRun): readonly Finding[] =>
  run.planned.map(({ id, clause, level }) => {
    const tally = run.traffic.tallies().find((each) => each.case === id);
    const count = (of: keyof Counts): number =>
      tally?.credentials.reduce((sum, { counts }) => sum + counts[of], 0) ?? 0;
    const broken =
      (clause === 'rotation/removed-secret' && count('wronglyAccepted') > 0) ||
      (clause === 'rotation/no-downtime' && count('wronglyRefused') > 0);
    return finding(id, clause, {
      level,
      durationMs: tally ? tally.to - tally.from : 0,
      reproduce: `npx keydrill drill --only ${id} --seed 7`,
      ...(broken && {
        outcome: 'fail',
        reason: `${count('wronglyAccepted') + count('wronglyRefused')} requests, the first on a kept connection`,
        expected: 'WRONG_SECRET',
        actual: 'accepted',
        replica: 'replica-2',
      }),
    });
  });

export function drillResults(run: MadeUpRun, exitCode?: number): Results {
  const results = resultsOf(findingsOf(run), exitCode);
  const drilled = { operator: 'Ada <ada@example.org>', reason: 'Quarterly drill' };
  const command = ['drill', '--seed', '7'];
  const reproduce = 'npx keydrill drill --seed 7';
  return {
    ...results,
    record: { ...results.record, ...drilled, command, reproduce },
    clauses: [
      ...results.clauses,
      { id: 'rotation/removed-secret', level: 'must', sentence: 'A removed secret is refused everywhere.' },
      { id: 'rotation/no-downtime', level: 'must', sentence: 'No valid request is refused or dropped.' },
      {
        id: 'rollback/restores',
        level: 'must',
        sentence: 'After a rollback what was there before holds again.',
      },
    ],
    ...toldBy(run),
  };
}
