import { parse } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { choose } from '../harness/run/choose.ts';
import { runGate } from '../harness/run/gate.ts';
import { loadAdapter } from '../harness/signer/adapter.ts';
import { say } from '../reports/console.ts';
import { liveVectors } from '../suites/vectors/live.ts';
import { clauseOfExpectation, clauseOfVector } from '../vectors/clauses.ts';
import { judgeVectors, type VectorResult } from '../vectors/judge.ts';
import { loadVectors } from '../vectors/load.ts';
import type { Vector, VectorFile } from '../vectors/schema.ts';
import { chosen } from './chosen.ts';
import { conduct } from './conduct.ts';
import * as options from './options.ts';

export const vectors = (ended: options.Ended) =>
  new Command('vectors')
    .description('Judge vector files of the public format: offline by the oracle, or live against a signer.')
    .argument('<file...>', 'vector files')
    .addOption(options.signerOption())
    .addOption(options.envOption())
    .addOption(options.onlyOption())
    .addOption(options.seedOption())
    .addOption(options.outOption())
    .addHelpText('after', options.exitCodes)
    .action(async (files, wish) => ended(await run(files, wish)));

async function run(files: readonly string[], wish: options.RunOptions): Promise<number> {
  // All are read before the first is run: a mistake in the last must not come after minutes.
  const loaded = await Promise.all(files.map(async (path) => ({ path, file: await loadVectors(path) })));
  return wish.signer === undefined
    ? judgeOffline(loaded, wish.only)
    : replay(loaded, { ...wish, signer: wish.signer });
}

type Loaded = readonly { readonly path: string; readonly file: VectorFile }[];

function judgeOffline(loaded: Loaded, names: readonly string[] = []): number {
  const all = loaded.flatMap(({ file }) => file.vectors);
  const choices = all.map((vector) => ({ id: vector.id, clause: clauseOf(vector) }));
  const picked = new Set(choose(choices, names, remedy).map(({ id }) => id));
  let wrong = 0;
  for (const { path, file } of loaded) {
    const results = judgeVectors(file).filter(({ id }) => picked.has(id));
    for (const result of results) say(lineFor(result));
    const right = results.filter(({ ok }) => ok).length;
    say(`${path}: ${right} of ${results.length} vectors agree with the contract`);
    wrong += results.length - right;
  }
  return wrong > 0 ? 1 : 0;
}

/** File by file, since each brings limits of its own. */
async function replay(loaded: Loaded, wish: options.RunOptions & { signer: string }): Promise<number> {
  const { signer } = wish;
  const adapter = await loadAdapter(signer);
  const runs = loaded.map(({ path, file }) => ({ path, file, cases: liveVectors(file, clauseOf) }));
  const { scenarios, checks } = chosen(
    runs.flatMap(({ cases }) => cases),
    wish.only,
    { remedy },
  );
  const codes = new Set<number>();
  for (const [at, { path, file, cases }] of runs.entries()) {
    const left = file.vectors.length - cases.length;
    if (left > 0) say(`${path}: ${left} vectors need a clock that stands still and are judged offline only`);
    const these = cases.filter((each) => scenarios.includes(each));
    if (these.length === 0) continue;
    const { timestampMaxAgeMs, nonceTtlSeconds, requireMtls } = file.defaults;
    const code = await conduct({
      ...wish,
      kind: 'gate',
      checks,
      cases: these.length,
      play: (order) => runGate({ ...order, scenarios: these, requireMtls }),
      adapter: { ...adapter, limits: { ...adapter.limits, usual: { timestampMaxAgeMs, nonceTtlSeconds } } },
      ...(runs.length > 1 && { part: `${at + 1}-${parse(path).name}` }),
      again: `npx keydrill vectors ${options.quoted(path)} --signer ${options.quoted(signer)}`,
    });
    codes.add(code);
    if (code === 130) break;
  }
  // The first that applies; where nothing could be sent, nothing was judged.
  return [130, 2, 3, 1, 4, 0].find((code) => codes.has(code)) ?? 4;
}

const remedy = 'Name a vector of these files, or a clause';

const clauseOf = (vector: Vector) => clauseOfVector[vector.id] ?? clauseOfExpectation(refusalOf(vector));

/** What a vector of somebody else's is about: its last refusal, or acceptance where it has none. */
const refusalOf = ({ steps }: Vector) =>
  steps
    .map(({ expect }) => (expect.ok ? undefined : expect.errorCode))
    .findLast((code) => code !== undefined);

function lineFor({ id, ok, steps }: VectorResult): string {
  if (ok) return `ok    ${id}`;
  const at = steps.findIndex((step) => !step.ok);
  const step = steps[at];
  return `WRONG ${id}: step ${at + 1} expects ${step?.expected}, the contract says ${step?.right.join(' or ')}`;
}
