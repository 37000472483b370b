import { z } from 'zod';
import { findingsFileSchema } from '../harness/judge/findings.ts';
import { verdictOf, verdicts } from './verdict.ts';

const text = z.string().min(1);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower-case hex');
const milliseconds = z.number().min(0);
const versions = z.record(z.string(), z.string());

/** run.json: what somebody else needs to run the same again and to know that it is the same. */
export const runRecordSchema = z
  .strictObject({
    schema: z.literal(1),
    tool: z.strictObject({ name: z.literal('keydrill'), version: text }),
    /** The arguments as typed. */
    command: z.array(z.string()),
    /** Who held a drill, and why. */
    operator: text.optional(),
    reason: text.optional(),
    verdict: z.enum(verdicts),
    exitCode: z.int().min(0).max(255),
    seed: z.int(),
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime(),
    durationMs: milliseconds,
    /** How much of it the contract itself makes a run wait. */
    waitsMs: milliseconds,
    contract: text,
    signer: z.strictObject({
      name: text,
      /** The adapter's file, as given or relative to where the command was run. */
      adapter: text,
      adapterDigest: sha256,
      configurationDigest: sha256,
    }),
    environment: z.strictObject({
      name: text,
      platform: text,
      arch: text,
      node: text,
      cores: z.int().min(1),
      programs: versions,
      images: versions,
    }),
    topologies: z.array(z.string()),
    totals: findingsFileSchema.shape.totals,
    /** What ended the run before its end, in one line. */
    trouble: text.optional(),
    /** The command that runs the whole of it again. */
    reproduce: text,
  })
  .refine(({ verdict, exitCode }) => verdict === verdictOf(exitCode), {
    path: ['verdict'],
    error: 'must be the one that the exit code stands for',
  });

export type RunRecord = z.infer<typeof runRecordSchema>;

export const renderRunRecord = (record: RunRecord): string =>
  `${JSON.stringify(runRecordSchema.parse(record), undefined, 2)}\n`;
