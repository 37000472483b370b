import { basename, join } from 'node:path';
import { Command } from '@commander-js/extra-typings';
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
  let first = 0;
  for (const { path, file } of loaded) {
    const out =
      wish.out !== undefined && files.length > 1 ? join(wish.out, basename(path, '.json')) : wish.out;
    const { signer } = wish;
    const code =
      signer === undefined ? judgeOffline(path, file) : await replay(path, file, signer, { ...wish, out });
    first = first === 0 ? code : first;
  }
  return first;
}

function judgeOffline(path: string, file: VectorFile): number {
  const results = judgeVectors(file);
  for (const result of results) say(lineFor(result));
  const wrong = results.filter(({ ok }) => !ok).length;
  say(`${path}: ${results.length - wrong} of ${results.length} vectors agree with the contract`);
  return wrong > 0 ? 1 : 0;
}

async function replay(
  path: string,
  file: VectorFile,
  signer: string,
  wish: options.RunOptions,
): Promise<number> {
  const { timestampMaxAgeMs, nonceTtlSeconds, requireMtls } = file.defaults;
  const adapter = await loadAdapter(signer);
  const cases = liveVectors(
    file,
    (vector) => clauseOfVector[vector.id] ?? clauseOfExpectation(refusalOf(vector)),
  );
  const left = file.vectors.length - cases.length;
  if (left > 0) say(`${path}: ${left} vectors need a clock that stands still and are judged offline only`);
  return conduct({
    ...wish,
    ...chosen(cases, wish.only),
    adapter: { ...adapter, limits: { ...adapter.limits, usual: { timestampMaxAgeMs, nonceTtlSeconds } } },
    requireMtls,
    again: `npx keydrill vectors ${options.quoted(path)} --signer ${options.quoted(signer)}`,
  });
}

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
