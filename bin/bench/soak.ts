import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { referenceAdapters } from '../../environments/signers/list.ts';
import { birthOf, carriersOf } from '../../environments/parts/process-table.ts';
import { RUN_MARK } from '../../environments/parts/run-owner.ts';
import { pause } from '../../harness/clock.ts';
import type { Finding } from '../../harness/judge/findings.ts';
import { coursesOf } from '../../harness/run/drill/course.ts';
import { chanceFrom } from '../../harness/seed.ts';
import { procedures } from '../../suites/rotation/list.ts';
import { keepProcessorsBusy } from './busy.ts';
import { freeze, victims } from './freeze.ts';
import { findingsOf, startGate, type GateEnd, type GateProcess, type JournalOfRun } from './gate-process.ts';
import { atMost, type Figure, type Measurement, shown } from './measurement.ts';

/** Signers that keep the contract, so that everything else said of them is a false alarm. */
const signers: readonly Signer[] = [
  { name: 'reference', adapter: referenceAdapters.signal, fails: [] },
  { name: 'python', adapter: inPython('adapter.yaml'), fails: [] },
  // Answers without codes are what its adapter says of it.
  {
    name: 'python-bare',
    adapter: inPython('bare.yaml'),
    fails: ['refusals-use-the-contract-codes', 'refusals-keep-the-envelope'],
  },
];

/** The same, in every way in which a change can reach them. */
const inEveryWay: readonly Signer[] = [
  ...signers,
  ...(['watch', 'symlinks', 'command', 'restart'] as const).map((by) => ({
    name: `reference-${by}`,
    adapter: referenceAdapters[by],
    fails: [],
  })),
];

interface Signer {
  readonly name: string;
  readonly adapter: string;
  /** Findings that its adapter announces. */
  readonly fails: readonly string[];
}

function inPython(adapter: string): string {
  return fileURLToPath(new URL(`../../environments/signers/python/${adapter}`, import.meta.url));
}

type Category = 'plain' | 'busy' | 'frozen';

interface Outcome {
  readonly category: Category;
  readonly signer: Signer;
  readonly end: GateEnd;
  /** It came as far as findings. */
  readonly judged: boolean;
  readonly cases: number;
  readonly alarms: readonly Finding[];
  readonly leftovers: readonly string[];
}

/** Correct signers judged again and again, undisturbed, without a free processor, and with somebody standing still. */
export const soak: Measurement = {
  name: 'soak',
  about: 'gates over correct signers in quiet and in trouble: no false alarms, nothing left behind',
  measure: ({ print, runs }) =>
    soaked({ command: 'gate', signers, categories: ['plain', 'busy', 'frozen'], runs, print }),
};

/**
 * Half as many drills, a third of them without a free processor. Each walks a tenth of the courses, another one
 * for each drill of a signer.
 */
export const drills: Measurement = {
  name: 'drills',
  about:
    'drills of a tenth of the courses over correct signers, a third on busy cores: no false alarms, nothing left behind',
  measure: ({ print, runs }) =>
    soaked({
      command: 'drill',
      signers: inEveryWay,
      categories: ['plain', 'busy', 'plain'],
      runs: Math.ceil(runs / 2),
      only: (run) => courses.filter((_, at) => at % SHARES === run % SHARES),
      print,
    }),
};

/** Half as many runs of what breaks things on purpose, in quiet and in trouble of our own making. */
export const chaosSoak: Measurement = {
  name: 'chaos',
  about: 'the chaos suite over correct signers in quiet and in trouble: no false alarms, nothing left behind',
  measure: ({ print, runs }) =>
    soaked({
      command: 'gate',
      signers,
      categories: ['plain', 'busy', 'frozen'],
      runs: Math.ceil(runs / 2),
      only: () => ['chaos'],
      doubts: { of: 'cases', atMost: 1 / 50 },
      print,
    }),
};

const courses = procedures.flatMap(coursesOf).map(({ id }) => id);
const SHARES = 10;

interface Doubts {
  readonly of: 'runs' | 'cases';
  readonly atMost: number;
}

interface Soaking {
  readonly command: 'gate' | 'drill';
  readonly signers: readonly Signer[];
  readonly categories: readonly Category[];
  readonly runs: number;
  /** What each run is about; everything where it is not said. */
  readonly only?: (run: number) => readonly string[];
  /** How many may be in doubt though nobody was made to stand still. */
  readonly doubts?: Doubts;
  readonly print: (line: string) => void;
}

async function soaked({
  command,
  signers: some,
  categories,
  runs,
  only,
  doubts = { of: 'runs', atMost: 1 / 20 },
  print,
}: Soaking): Promise<Figure[]> {
  const outcomes: Outcome[] = [];
  const usualMs = new Map<Signer, number>();
  for (let run = 0; run < runs; run += 1) {
    const signer = some[run % some.length]!;
    const category = categories[Math.floor(run / some.length) % categories.length]!;
    await using started = await startGate(signer.adapter, command, only?.(run));
    const usual = usualMs.get(signer) ?? USUAL_MS;
    const outcome = await observe(started, { at: run, signer, category, usualMs: usual, print });
    if (category === 'plain')
      usualMs.set(signer, Math.min(usualMs.get(signer) ?? Infinity, outcome.end.wallMs));
    outcomes.push(outcome);
    report(started, outcome, print);
  }
  return figures(outcomes, doubts, print);
}

/** How long a run takes, until the first plain one tells. */
const USUAL_MS = 8000;

interface Circumstances {
  readonly at: number;
  readonly signer: Signer;
  readonly category: Category;
  readonly usualMs: number;
  readonly print: (line: string) => void;
}

async function observe(
  run: GateProcess,
  { at, signer, category, usualMs, print }: Circumstances,
): Promise<Outcome> {
  await using trouble = new AsyncDisposableStack();
  if (category === 'busy') trouble.use(keepProcessorsBusy());
  const journal = lastJournalOf(run);
  const disturbance = category === 'frozen' ? disturb(run, at, usualMs) : Promise.resolve('');
  const [end, made, note] = await Promise.all([run.ended, journal, disturbance]);
  print(
    `run ${at + 1} ${signer.name} ${category}${note} seed ${run.seed}: exit ${end.code} in ${shown(end.wallMs, 'ms')}`,
  );
  const findings = findingsOf(run)?.findings;
  const alarms = (findings ?? []).filter((finding) => isAlarm(finding, signer));
  const leftovers = await leftoversOf(run, made);
  const cases = new Set(findings?.map(({ id }) => id)).size;
  return { category, signer, end, judged: findings !== undefined, cases, alarms, leftovers };
}

/** Each victim in turn with each signer, at a moment that the run's seed decides. */
async function disturb(run: GateProcess, at: number, usualMs: number): Promise<string> {
  const frozenSoFar =
    signers.length * Math.floor(at / (signers.length * FROZEN_EVERY)) + (at % signers.length);
  const turn = frozenSoFar + Math.floor(frozenSoFar / victims.length);
  const victim = victims[turn % victims.length]!;
  const chance = chanceFrom(run.seed).of('freeze');
  const afterMs = usualMs * chance.pick(parts);
  const frozen = await freeze(run, { victim, afterMs, which: chance.pick(parts) });
  return frozen === undefined
    ? ` (over before ${victim} could be stopped)`
    : ` (${frozen.name} stopped ${shown(frozen.atMs, 'ms')} after the start)`;
}

/** One round over all signers in so many is frozen. */
const FROZEN_EVERY = 3;

// Not to the very end, which may come sooner than expected.
const parts = Array.from({ length: 80 }, (_, at) => at / 100);

/** What it had started when it was last looked at: its journal goes with it. */
async function lastJournalOf(run: GateProcess): Promise<readonly JournalOfRun[]> {
  let last: readonly JournalOfRun[] = [];
  while (run.running()) {
    const now = await run.journal();
    if (startedIn(now) >= startedIn(last)) last = now;
    await pause(20);
  }
  return last;
}

const startedIn = (journals: readonly JournalOfRun[]): number =>
  journals.reduce((sum, { spawned }) => sum + 1 + spawned.length, 0);

async function leftoversOf(run: GateProcess, journals: readonly JournalOfRun[]): Promise<string[]> {
  const marked = journals.flatMap(({ runId }) => carriersOf(RUN_MARK, runId)).map((pid) => `process ${pid}`);
  const started = journals
    .flatMap(({ spawned }) => spawned)
    .filter(({ pid, birth }) => birthOf(pid) === birth)
    .map(({ name, pid }) => `${name}, process ${pid}`);
  return [...marked, ...started, ...(await run.stateFiles())];
}

const isAlarm = ({ id, outcome }: Finding, { fails }: Signer): boolean =>
  outcome !== 'pass' && outcome !== 'not-applicable' && !(outcome === 'fail' && fails.includes(id));

/** Everything anybody needs who wants to know why. */
function report(
  run: GateProcess,
  { category, signer, end, alarms, leftovers }: Outcome,
  print: Circumstances['print'],
): void {
  for (const { id, clause, level, outcome, reason, expected, actual, replica } of alarms) {
    const facts = {
      clause,
      reason,
      expected,
      actual,
      replica,
      seed: run.seed,
      signer: signer.name,
      category,
    };
    print(`  ${level.toUpperCase()} ${outcome} ${id} ${JSON.stringify(facts)}`);
  }
  for (const each of leftovers) print(`  left behind: ${each}`);
  if (alarms.length === 0 && leftovers.length === 0 && end.code === 0) return;
  if (alarms.length === 0) print(`  ${end.output.trimEnd().split('\n').slice(-3).join('\n  ')}`);
  run.keep();
  print(`  look into ${join(run.folder, 'out')}`);
}

function figures(outcomes: readonly Outcome[], allowed: Doubts, print: Circumstances['print']): Figure[] {
  const musts = ({ alarms }: Outcome, ...wanted: Finding['outcome'][]): number =>
    alarms.filter(({ level, outcome }) => level === 'must' && wanted.includes(outcome)).length;
  const doubts = (outcome: Outcome): number => musts(outcome, 'inconclusive', 'error');
  const sum = (some: readonly Outcome[], count: (outcome: Outcome) => number): number =>
    some.reduce((total, each) => total + count(each), 0);

  for (const category of new Set(outcomes.map((each) => each.category))) {
    const some = outcomes.filter((each) => each.category === category);
    print(
      `${category}: ${some.length} runs, ${sum(some, (each) => musts(each, 'fail'))} MUST fails, ${sum(some, doubts)} MUST in doubt in ${some.filter((each) => doubts(each) > 0).length} runs`,
    );
  }
  const undisturbed = outcomes.filter(({ category }) => category !== 'frozen');
  const doubtful =
    allowed.of === 'runs'
      ? undisturbed.filter((each) => doubts(each) > 0).length / Math.max(1, undisturbed.length)
      : sum(undisturbed, casesInDoubt) /
        Math.max(
          1,
          sum(undisturbed, ({ cases }) => cases),
        );
  const shoulds = (each: Outcome): number => each.alarms.filter(({ level }) => level === 'should').length;
  return [
    atMost(
      'MUST fails',
      sum(outcomes, (each) => musts(each, 'fail')),
      0,
    ),
    atMost(`${allowed.of} in doubt without a standstill`, doubtful, allowed.atMost),
    atMost('SHOULD findings nobody expects', sum(outcomes, shoulds), 0),
    atMost('runs that came to no verdict', outcomes.filter(cameToNoVerdict).length, 0),
    atMost(
      'runs that left something behind',
      outcomes.filter(({ leftovers }) => leftovers.length > 0).length,
      0,
    ),
  ];
}

const casesInDoubt = ({ alarms }: Outcome): number =>
  new Set(alarms.filter(({ level, outcome }) => level === 'must' && outcome !== 'fail').map(({ id }) => id))
    .size;

const cameToNoVerdict = ({ judged, end }: Outcome): boolean => !judged || ![0, 1, 4].includes(end.code ?? -1);
