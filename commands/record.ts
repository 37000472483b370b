import { createHash } from 'node:crypto';
import { relative } from 'node:path';
import { describeMachine } from '../environments/machine-record.ts';
import { isoTime, wallClockMs } from '../harness/clock.ts';
import { explain } from '../harness/errors.ts';
import { contractWaitsMs } from '../harness/judge/waits.ts';
import type { Run } from '../harness/run/carry-out.ts';
import type { Adapter } from '../harness/signer/adapter.ts';
import { runRecordSchema, type RunRecord } from '../reports/run-record.ts';
import { verdictOf } from '../reports/verdict.ts';
import { quoted, type RunOptions } from './options.ts';
import { exitCodeFor } from './trouble.ts';
import { version } from './version.ts';

/** Everything that is needed to know what was run, on what, and to run it again. */
export async function recordOf(
  order: RunOptions & {
    readonly adapter: Adapter;
    readonly again: string;
    readonly operator?: string | undefined;
    readonly reason?: string | undefined;
  },
  { findings, trouble, view, topologies }: Run,
  // The digest is of the file as it was read before the run: nobody need have left it alone meanwhile.
  { seed, startedAt, adapterDigest }: { seed: number; startedAt: number; adapterDigest: string },
): Promise<RunRecord> {
  const { adapter, only = [], operator, reason } = order;
  const exitCode = trouble === undefined ? findings.totals.exitCode : exitCodeFor(trouble);
  const finishedAt = wallClockMs();
  return runRecordSchema.parse({
    schema: 1,
    tool: { name: 'keydrill', version: await version() },
    command: process.argv.slice(2),
    ...(operator !== undefined && { operator }),
    ...(reason !== undefined && { reason }),
    verdict: verdictOf(exitCode),
    exitCode,
    seed,
    startedAt: isoTime(startedAt),
    finishedAt: isoTime(finishedAt),
    durationMs: Math.round(finishedAt - startedAt),
    waitsMs: contractWaitsMs(view),
    contract: view.contract.id,
    signer: {
      name: adapter.name,
      adapter: relative(process.cwd(), adapter.path),
      adapterDigest,
      configurationDigest: digest(JSON.stringify({ ...adapter, path: '', directory: '' })),
    },
    environment: await describeMachine(order.env),
    topologies,
    totals: { ...findings.totals, exitCode },
    reproduce: [order.again, ...only.map((name) => `--only ${quoted(name)}`), `--seed ${seed}`].join(' '),
    ...(trouble !== undefined && { trouble: explain(trouble) }),
  });
}

export const digest = (content: string | Uint8Array): string =>
  createHash('sha256').update(content).digest('hex');
