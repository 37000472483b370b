import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { examine } from './environments/doctor.ts';
import { environmentCalled, environmentNames } from './environments/list.ts';
import { describeMachine } from './environments/machine-record.ts';
import { Interrupted, interruptions } from './environments/parts/interruption.ts';
import { openJournal, sweep } from './environments/parts/journal.ts';
import { referenceAdapter } from './environments/signers/list.ts';
import { isoTime, monotonicMs, timeStamp, wallClockMs } from './harness/clock.ts';
import { contractCalled } from './harness/contract/list.ts';
import { signerAuthV1 } from './harness/contract/signer-auth-v1/signer-auth-v1.ts';
import { EnvironmentError, explain, UsageError } from './harness/errors.ts';
import { faults } from './harness/faults/list.ts';
import { History, readHistory } from './harness/judge/history.ts';
import { judge } from './harness/judge/judge.ts';
import { View } from './harness/judge/view.ts';
import { contractWaitsMs } from './harness/judge/waits.ts';
import { choose } from './harness/run/choose.ts';
import { runGate, type GateRun } from './harness/run/gate.ts';
import { plannedChecks } from './harness/run/plan.ts';
import { freshSeed } from './harness/seed.ts';
import { loadAdapter, type Adapter } from './harness/signer/adapter.ts';
import { closing, progressLine, say } from './reports/console.ts';
import { runRecordSchema, type RunRecord } from './reports/run-record.ts';
import { verdictOf } from './reports/verdict.ts';
import { writeReports } from './reports/write.ts';
import { suites } from './suites/list.ts';
import { vectorFiles } from './suites/vectors/edge.ts';
import { liveVectors } from './suites/vectors/live.ts';
import type { SignerAuthScenario } from './suites/case.ts';
import { clauseOfExpectation, clauseOfVector } from './vectors/clauses.ts';
import { judgeVectors } from './vectors/judge.ts';
import { loadVectors } from './vectors/load.ts';

/** What every command that runs a signer understands. */
interface RunOptions {
  readonly signer?: string | undefined;
  readonly env: string;
  readonly only?: string[] | undefined;
  readonly seed?: number | undefined;
  readonly out?: string | undefined;
}

/** What is to be run, once it is known what the words on the command line mean. */
interface Order extends RunOptions {
  readonly adapter: Adapter;
  readonly scenarios: readonly SignerAuthScenario[];
  readonly checks: readonly string[];
  readonly requireMtls?: boolean;
  /** The command that runs one case again, without seed and directory. */
  readonly again: string;
}

async function gate(options: RunOptions): Promise<number> {
  const adapter = await loadAdapter(options.signer ?? referenceAdapter);
  const signer = options.signer === undefined ? '' : ` --signer ${quoted(options.signer)}`;
  return conduct({
    ...options,
    ...chosen(await suites(), options.only),
    adapter,
    again: `npx keydrill gate${signer}`,
  });
}

async function vectors(files: readonly string[], options: RunOptions): Promise<number> {
  const loaded = await Promise.all(files.map(async (path) => ({ path, file: await loadVectors(path) })));
  let worst = 0;
  for (const { path, file } of loaded) {
    if (options.signer === undefined) {
      const results = judgeVectors(file);
      for (const result of results) say(vectorLine(result));
      const wrong = results.filter(({ ok }) => !ok).length;
      say(`${path}: ${results.length - wrong} of ${results.length} vectors agree with the contract`);
      worst = Math.max(worst, wrong > 0 ? 1 : 0);
      continue;
    }
    const { timestampMaxAgeMs, nonceTtlSeconds, requireMtls } = file.defaults;
    const adapter = await loadAdapter(options.signer);
    const cases = liveVectors(
      file,
      (vector) => clauseOfVector[vector.id] ?? clauseOfExpectation(expectedOf(vector)),
    );
    if (cases.length < file.vectors.length) {
      say(
        `${path}: ${file.vectors.length - cases.length} vectors need a clock that stands still and are judged offline only`,
      );
    }
    const code = await conduct({
      ...options,
      ...chosen(cases, options.only),
      adapter: { ...adapter, limits: { ...adapter.limits, usual: { timestampMaxAgeMs, nonceTtlSeconds } } },
      requireMtls,
      again: `npx keydrill vectors ${quoted(path)} --signer ${quoted(options.signer)}`,
    });
    worst = worst === 0 ? code : worst;
  }
  return worst;
}

/** From an order to reports on disk and an exit code; nothing it started outlives it. */
async function conduct(order: Order): Promise<number> {
  const { adapter, seed = freshSeed(), env } = order;
  const startedAt = wallClockMs();
  const out = resolve(order.out ?? join('reports', 'runs', `${timeStamp(startedAt)}-${seed}`));
  if (existsSync(join(out, 'history.jsonl')))
    throw new UsageError(`${out} holds a run already; name another directory with --out`);
  await mkdir(out, { recursive: true, mode: 0o700 });
  for (const { runId, killed } of await sweep()) {
    say(`Cleared away what run ${runId} had left behind: ${killed.length} processes and its files`);
  }

  const journal = openJournal();
  using interrupted = interruptions(() => {
    journal.undoNow();
    process.exit(130);
  });
  process.on('exit', () => journal.undoNow());
  const history = await History.inFile(join(out, 'history.jsonl'), monotonicMs);
  say(
    `keydrill ${await version()} · seed ${seed} · ${adapter.name} · ${env} · ${order.scenarios.length} cases`,
  );
  const run = await runGate({
    contract: signerAuthV1,
    adapter,
    scenarios: order.scenarios,
    checks: order.checks,
    requireMtls: order.requireMtls ?? true,
    seed,
    reproduce: `${order.again} --only {id} --seed ${seed}`,
    environment: environmentCalled(env, journal),
    history,
    before: [await oracleAgreesWithVectors()],
    signal: interrupted.signal,
    audience: {
      topologyUp: (name, ms) => say(`up    ${name} in ${Math.round(ms)} ms`),
      caseDone: (finding) => say(progressLine(finding, onTerminal.colour)),
    },
  });
  await journal[Symbol.asyncDispose]();
  await history.close();
  return report(order, run, { seed, startedAt, out });
}

async function report(
  order: Order,
  run: GateRun,
  when: { seed: number; startedAt: number; out: string },
): Promise<number> {
  const { seed, startedAt, out } = when;
  const code = run.trouble === undefined ? run.findings.totals.exitCode : exitCodeFor(run.trouble);
  const { adapter } = order;
  const findings = { ...run.findings, totals: { ...run.findings.totals, exitCode: code } };
  const finishedAt = wallClockMs();
  const record: RunRecord = runRecordSchema.parse({
    schema: 1,
    tool: { name: 'keydrill', version: await version() },
    command: process.argv.slice(2),
    verdict: verdictOf(code),
    exitCode: code,
    seed,
    startedAt: isoTime(startedAt),
    finishedAt: isoTime(finishedAt),
    durationMs: Math.round(finishedAt - startedAt),
    waitsMs: contractWaitsMs(run.view),
    contract: signerAuthV1.id,
    signer: {
      name: adapter.name,
      adapter: relative(process.cwd(), adapter.path),
      adapterDigest: digest(await readFile(adapter.path)),
      configurationDigest: digest(JSON.stringify({ ...adapter, path: '', directory: '' })),
    },
    environment: await describeMachine(order.env),
    topologies: run.topologies,
    totals: findings.totals,
    reproduce: [
      order.again,
      ...(order.only ?? []).map((name) => `--only ${quoted(name)}`),
      `--seed ${seed}`,
    ].join(' '),
    ...(run.trouble !== undefined && { trouble: explain(run.trouble) }),
  });
  await writeReports(out, { record, findings, clauses: signerAuthV1.clauses }, (text) =>
    run.canaries.search(text).map(({ what }) => what),
  );
  if (run.trouble !== undefined) complain(run.trouble);
  say(closing(findings, relative(process.cwd(), out) || '.', onTerminal));
  return code;
}

async function judgeAgain(directory: string, options: { json?: boolean | undefined }): Promise<number> {
  const path = join(directory, 'history.jsonl');
  if (!existsSync(path))
    throw new UsageError(
      `No history.jsonl in ${directory}; name the directory that a run wrote, such as one under reports/runs`,
    );
  let view: View | undefined;
  for await (const event of readHistory(path)) {
    if (event.type === 'run') view = new View(contractCalled(event.contract));
    if (!view) throw new UsageError(`${path}:1: a history begins with its run event`);
    view.add(event);
  }
  if (!view) throw new UsageError(`${path} is empty; there is nothing to judge`);
  const findings = judge(view);
  if (options.json) say(JSON.stringify(findings, undefined, 2));
  else {
    for (const finding of findings.findings) say(progressLine(finding, onTerminal.colour));
    say(closing(findings, directory, onTerminal));
  }
  return findings.totals.exitCode;
}

async function list(what: string | undefined, options: { json?: boolean | undefined }): Promise<number> {
  const scenarios = (await suites()).map(({ id, clause, tags }) => ({ id, clause, tags: [...tags] }));
  const everything = {
    scenarios: [
      ...scenarios,
      ...plannedChecks(signerAuthV1, 'all').map(({ id, clause }) => ({ id, clause, tags: ['check'] })),
    ],
    clauses: signerAuthV1.clauses,
    faults: faults.map(({ name }) => ({ id: name })),
  };
  const shown = what === undefined ? everything : { [what]: everything[what as keyof typeof everything] };
  if (options.json) {
    say(JSON.stringify(shown, undefined, 2));
    return 0;
  }
  for (const [title, entries] of Object.entries(shown)) {
    say(`${title} (${entries.length})`);
    for (const entry of entries) {
      const { id, ...rest } = entry;
      say(`  ${id.padEnd(60)} ${Object.values(rest).flat().join('  ')}`.trimEnd());
    }
  }
  return 0;
}

async function doctor(): Promise<number> {
  const checks = await examine();
  for (const { name, state, found, remedy } of checks) {
    say(
      `${{ ok: 'ok      ', missing: 'MISSING ', optional: 'optional' }[state]}  ${name.padEnd(18)} ${found}`,
    );
    if (state !== 'ok' && remedy !== undefined) say(`${' '.repeat(30)}→ ${remedy}`);
  }
  return checks.some(({ state }) => state === 'missing') ? 3 : 0;
}

/** Cases and checks named on the command line; all of them where none is named. */
function chosen(all: readonly SignerAuthScenario[], names: readonly string[] = []) {
  const checks = plannedChecks(signerAuthV1, 'all').map(({ id, clause }) => ({
    id,
    clause,
    tags: ['check'],
  }));
  const picked = choose<{ id: string; clause: string; tags?: readonly string[] }>([...all, ...checks], names);
  const ids = new Set(picked.map(({ id }) => id));
  const scenarios = all.filter(({ id }) => ids.has(id));
  const named = checks.filter(({ id }) => ids.has(id)).map(({ id }) => id);
  // A check speaks about what cases record: named alone, it gets every case.
  return { scenarios: scenarios.length > 0 ? scenarios : all, checks: named };
}

async function oracleAgreesWithVectors() {
  const files = await Promise.all(vectorFiles.map(loadVectors));
  const results = files.flatMap((file) => judgeVectors(file));
  const wrong = results.filter(({ ok }) => !ok).map(({ id }) => id);
  const evidence =
    wrong.length > 0 ? `the oracle disagrees with ${wrong.join(', ')}` : `${results.length} vectors agree`;
  return { id: 'oracle-agrees-with-vectors', holds: wrong.length === 0, evidence } as const;
}

const expectedOf = ({ steps }: { steps: readonly { expect: { ok: boolean; errorCode?: string } }[] }) =>
  steps.map(({ expect }) => expect.errorCode).findLast((code) => code !== undefined) as Parameters<
    typeof clauseOfExpectation
  >[0];

function vectorLine({ id, ok, steps }: ReturnType<typeof judgeVectors>[number]): string {
  if (ok) return `ok    ${id}`;
  const at = steps.findIndex((step) => !step.ok);
  const step = steps[at];
  return `WRONG ${id}: step ${at + 1} expects ${step?.expected}, the contract says ${step?.right.join(' or ')}`;
}

/** What the lines on a terminal are made with. */
const onTerminal = {
  clauses: signerAuthV1.clauses,
  colour: process.stdout.isTTY && process.stdout.hasColors(),
};

const digest = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

const quoted = (path: string): string =>
  /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;

async function version(): Promise<string> {
  const file = [new URL('package.json', import.meta.url), new URL('../package.json', import.meta.url)].find(
    (url) => existsSync(url),
  );
  return (JSON.parse(await readFile(file!, 'utf8')) as { version: string }).version;
}

function exitCodeFor(error: unknown): number {
  if (error instanceof Interrupted) return 130;
  if (error instanceof UsageError) return 2;
  return error instanceof EnvironmentError ? 3 : 4;
}

function complain(error: unknown): void {
  const known =
    error instanceof UsageError || error instanceof EnvironmentError || error instanceof Interrupted;
  // What is nobody's mistake but ours is worth its stack where somebody asks for it.
  const text =
    known || !process.env['KEYDRILL_DEBUG'] ? explain(error) : ((error as Error).stack ?? explain(error));
  process.stderr.write(`keydrill: ${text}\n`);
}

const wholeNumber = (text: string): number => {
  const value = Number(text);
  if (!/^[0-9]+$/.test(text) || value < 1 || value >= 2 ** 31)
    throw new InvalidArgumentError('It must be a whole number from 1 to 2147483647.');
  return value;
};

const several = (value: string, before: string[] | undefined): string[] => [
  ...(before ?? []),
  ...value.split(',').filter((part) => part !== ''),
];

const signerOption = () =>
  new Option('--signer <adapter>', 'the signer to judge, by its adapter file (.yaml, .json, .ts, .js)').env(
    'KEYDRILL_SIGNER',
  );
const envOption = () =>
  new Option('--env <name>', 'where the topology runs')
    .choices(environmentNames)
    .default('process')
    .env('KEYDRILL_ENV');
const onlyOption = () =>
  new Option('--only <id|clause|tag>', 'run only these; may be given several times').argParser<string[]>(
    several,
  );
const seedOption = () =>
  new Option('--seed <n>', 'decides order and variants; the same seed gives the same plan')
    .argParser(wholeNumber)
    .env('KEYDRILL_SEED');
const outOption = () =>
  new Option('--out <dir>', 'where the results go (default: reports/runs/<time>-<seed>)').env('KEYDRILL_OUT');

const exitCodes = `
Exit codes, the first that applies:
  130  interrupted, after cleaning up
  2    a mistake in the command line, an adapter or a file
  3    the topology could not be brought up
  1    a MUST of the contract failed
  4    a MUST is in doubt, or nothing was judged
  0    every MUST that applies passed`;

async function main(): Promise<number> {
  let code = 0;
  const program = new Command('keydrill')
    .description('Says with evidence whether a signer may rotate its keys and certificates.')
    .version(await version())
    .exitOverride()
    .showHelpAfterError('(see --help)')
    .addHelpText('after', exitCodes);

  program
    .command('gate')
    .description(
      'Bring up two replicas, a balancer and a replay store, run every case, and give one verdict.',
    )
    .addOption(signerOption())
    .addOption(envOption())
    .addOption(onlyOption())
    .addOption(seedOption())
    .addOption(outOption())
    .addHelpText('after', `\nWithout --signer the reference signer is judged.\n${exitCodes}`)
    .action(async (options) => void (code = await gate(options)));

  program
    .command('vectors')
    .description('Judge vector files of the public format: offline by the oracle, or live against a signer.')
    .argument('<file...>', 'vector files')
    .addOption(signerOption())
    .addOption(envOption())
    .addOption(onlyOption())
    .addOption(seedOption())
    .addOption(outOption())
    .addHelpText('after', exitCodes)
    .action(async (files, options) => void (code = await vectors(files, options)));

  program
    .command('judge')
    .description('Judge a saved run again from its history alone.')
    .argument('<run-dir>', 'a directory that a run wrote')
    .option('--json', 'print findings.json instead of lines')
    .addHelpText('after', exitCodes)
    .action(async (directory, options) => void (code = await judgeAgain(directory, options)));

  program
    .command('list')
    .description('What there is to run and to judge.')
    .addArgument(program.createArgument('[what]', 'what to list').choices(['scenarios', 'clauses', 'faults']))
    .option('--json', 'print JSON instead of lines')
    .action(async (what, options) => void (code = await list(what, options)));

  program
    .command('doctor')
    .description('Look at what a run needs on this machine, with a remedy for everything that is missing.')
    .action(async () => void (code = await doctor()));

  await program.parseAsync();
  return code;
}

// Whoever reads our output may stop reading: that is no reason to fall over before everything is taken down.
process.stdout.on('error', () => undefined);

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    complain(error);
    process.exitCode = exitCodeFor(error);
  }
}
