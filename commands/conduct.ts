import { accessSync, constants, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { environmentCalled } from '../environments/list.ts';
import { makeFolder } from '../environments/parts/folder.ts';
import { interruptions } from '../environments/parts/interruption.ts';
import { openJournal, sweep } from '../environments/parts/journal.ts';
import { monotonicMs, timeStamp, wallClockMs } from '../harness/clock.ts';
import type { SigningClient } from '../harness/contract/signer-auth-v1/client.ts';
import { signerAuthV1 } from '../harness/contract/signer-auth-v1/signer-auth-v1.ts';
import { UsageError } from '../harness/errors.ts';
import { History } from '../harness/judge/history.ts';
import type { Run, RunOrder } from '../harness/run/carry-out.ts';
import { freshSeed } from '../harness/seed.ts';
import type { Adapter } from '../harness/signer/adapter.ts';
import { closing, headline, say } from '../reports/console.ts';
import { explorationOf } from '../reports/exploration.ts';
import { toldBy } from '../reports/results.ts';
import type { RunKind } from '../reports/verdict.ts';
import { writeReports } from '../reports/write.ts';
import { vectorFiles } from '../suites/vectors/edge.ts';
import { judgeVectors } from '../vectors/judge.ts';
import { loadVectors } from '../vectors/load.ts';
import { lineByLine, live, scheduleBySchedule } from './audience.ts';
import type { RunOptions } from './options.ts';
import { digest, recordOf } from './record.ts';
import { onTerminal } from './terminal.ts';
import { complain } from './trouble.ts';
import { version } from './version.ts';

/** What is to be run, once it is known what the words on the command line mean. */
export interface Order extends RunOptions {
  readonly kind: RunKind;
  readonly adapter: Adapter;
  readonly checks: readonly string[];
  /** How many cases or courses it has. */
  readonly cases: number;
  /** Who holds a drill, and why. */
  readonly operator?: string | undefined;
  readonly reason?: string | undefined;
  readonly play: (order: RunOrder<SigningClient>, out: string) => Promise<Run>;
  /** The directory, within that of the results, for one of several runs. */
  readonly part?: string;
  /** The command that runs this again, but for the choice of cases, the seed and the directory. */
  readonly again: string;
  /** How one finding is reproduced, where that is not by naming it: with `{id}` for its id. */
  readonly reproduce?: (out: string) => string;
}

/** From an order to reports on disk and an exit code; nothing it started outlives it. */
export async function conduct(order: Order): Promise<number> {
  const { kind, adapter, seed = freshSeed(), env, cases } = order;
  const startedAt = wallClockMs();
  let takenDown = false;
  using interrupted = interruptions(() => {
    // From then on it is a moment, and half of the reports help nobody.
    if (!takenDown) process.exit(130);
  });
  const usual = join('reports', 'runs', `${timeStamp(startedAt)}-${seed}`);
  const out = makeDirectory(join(order.out ?? usual, order.part ?? ''));
  const adapterDigest = digest(await readFile(adapter.path));
  for (const { runId, killed, remaining } of await sweep()) {
    const left = remaining.length > 0 ? `, but ${remaining.join(', ')}` : '';
    say(`Cleared away what run ${runId} had left behind: ${killed.length} processes and its files${left}`);
  }

  const journal = openJournal();
  process.on('exit', () => journal.undoNow());
  const history = await History.inFile(join(out, 'history.jsonl'), monotonicMs);
  say(
    headline({
      version: await version(),
      seed,
      signer: adapter.name,
      environment: env,
      cases,
      noun: nouns[kind],
    }),
  );
  const watcher = watchers[kind](history);
  const place = relative(process.cwd(), out) || '.';
  const runOrder = {
    contract: signerAuthV1,
    adapter,
    checks: order.checks,
    seed,
    reproduce: order.reproduce?.(place) ?? `${order.again} --only {id} --seed ${seed}`,
    environment: environmentCalled(env, journal),
    history,
    before: [await oracleAgreesWithVectors()],
    signal: interrupted.signal,
    audience: watcher.audience,
  };
  const run = await order.play(runOrder, out);
  watcher.close();
  await journal[Symbol.asyncDispose]();
  takenDown = true;
  await history.close();

  const record = await recordOf(order, run, { seed, startedAt, adapterDigest });
  const findings = { ...run.findings, totals: record.totals };
  const exploration = explorationOf(run.view);
  // What was broken over and over by chance is told by the exploration itself.
  const told = { ...toldBy(run.view), ...(exploration && { exploration, suffered: [] }) };
  await writeReports(out, { record, findings, clauses: signerAuthV1.clauses, ...told }, (text) =>
    run.canaries.search(text).map(({ what }) => what),
  );
  if (run.trouble !== undefined) complain(run.trouble);
  say(closing(findings, place, { ...onTerminal, kind, suffered: told.suffered }));
  return record.exitCode;
}

const nouns = { gate: 'case', drill: 'course', explore: 'schedule' } as const;
const watchers = { gate: lineByLine, drill: live, explore: scheduleBySchedule } as const;

function makeDirectory(path: string): string {
  const out = resolve(path);
  if (existsSync(join(out, 'history.jsonl'))) {
    throw new UsageError(`${out} holds a run already; name another directory with --out`);
  }
  try {
    makeFolder(out);
    accessSync(out, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new UsageError(`Cannot write to ${out}; name another directory with --out`, { cause });
  }
  return out;
}

async function oracleAgreesWithVectors() {
  const files = await Promise.all(vectorFiles.map(loadVectors));
  const results = files.flatMap((file) => judgeVectors(file));
  const wrong = results.filter(({ ok }) => !ok).map(({ id }) => id);
  const evidence =
    wrong.length > 0 ? `the oracle disagrees with ${wrong.join(', ')}` : `${results.length} vectors agree`;
  return { id: 'oracle-agrees-with-vectors', holds: wrong.length === 0, evidence } as const;
}
