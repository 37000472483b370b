import { readFile } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { clauses, type ClauseId } from '../contract/signer-auth-v1/clauses.ts';
import { dialectSchema } from '../contract/signer-auth-v1/dialect.ts';
import { explain, UsageError } from '../errors.ts';
import { placeholdersIn, placeholderNames } from './placeholders.ts';

const template = z.string().superRefine((text, context) => {
  for (const name of placeholdersIn(text)) {
    if (!placeholderNames.has(name)) {
      context.addIssue(`holds unknown placeholder {${name}}; known are ${[...placeholderNames].join(', ')}`);
    }
  }
});

/** JSON in which every string may hold placeholders. */
type JsonTemplate = string | number | boolean | null | JsonTemplate[] | { [name: string]: JsonTemplate };
const jsonTemplate: z.ZodType<JsonTemplate> = z.lazy(() =>
  z.union([
    template,
    z.number(),
    z.boolean(),
    z.null(),
    z.array(jsonTemplate),
    z.record(z.string(), jsonTemplate),
  ]),
);

const milliseconds = z.int().min(1).max(600_000);

const limits = z
  .strictObject({ timestampMaxAgeMs: milliseconds, nonceTtlSeconds: z.int().min(1).max(3600) })
  .refine(({ timestampMaxAgeMs, nonceTtlSeconds }) => nonceTtlSeconds * 1000 >= 2 * timestampMaxAgeMs, {
    error:
      'nonceTtlSeconds must be at least twice timestampMaxAgeMs, or a captured request can be replayed as it was',
  });

/** What the signer's policy admits, so that a rightly signed request with it is a success. */
const offer = z.strictObject({
  method: z
    .string()
    .regex(/^[A-Z]+$/, { error: 'must be an upper-case HTTP method' })
    .default('POST'),
  target: z
    .string()
    .startsWith('/', { error: 'must be a path that starts with "/"' })
    .default('/v1/sign/session-transaction'),
  body: z.string().optional(),
});

const optionalClauses = Object.entries(clauses)
  .filter(([, clause]) => 'optional' in clause)
  .map(([id]) => id as ClauseId);

/** Everything the harness must be told about one kind of signer. */
export const adapterSchema = z.strictObject({
  name: z.string().min(1),
  contract: z.literal('signer-auth-v1').default('signer-auth-v1'),
  start: z.strictObject({
    command: z.tuple([template], template),
    /** Strings go in as they are; everything else as JSON. */
    env: z
      .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'is not a variable name' }), jsonTemplate)
      .default({}),
    directory: template.optional(),
  }),
  /** Files written before each start and each change, all of them before the signer is told. */
  files: z.array(z.strictObject({ path: template, content: jsonTemplate })).default([]),
  apply: z
    .discriminatedUnion('by', [
      z.strictObject({ by: z.literal('restart') }),
      z.strictObject({
        by: z.literal('signal'),
        signal: z.enum(['SIGHUP', 'SIGUSR1', 'SIGUSR2']).default('SIGHUP'),
      }),
    ])
    .default({ by: 'restart' }),
  ready: z
    .strictObject({
      get: z.string().startsWith('/', { error: 'must be a path that starts with "/"' }),
      status: z.int().default(200),
    })
    .default({ get: '/health', status: 200 }),
  /** An endpoint that follows the replay store, where the signer has one. */
  readiness: z.strictObject({ get: z.string().startsWith('/') }).default({ get: '/ready' }),
  offer: offer.prefault({}),
  dialect: dialectSchema.prefault({}),
  claims: z
    .record(
      z.string().refine((id) => (optionalClauses as string[]).includes(id), {
        error: `only an optional clause can be claimed away: ${optionalClauses.join(', ')}`,
      }),
      z.string().min(1),
    )
    .default({}),
  bounds: z
    .strictObject({
      startsWithinMs: milliseconds.default(15_000),
      answersWithinMs: milliseconds.default(2000),
      failClosedWithinMs: milliseconds.default(2000),
      appliesWithinMs: milliseconds.default(5000),
      recoversWithinMs: milliseconds.default(5000),
    })
    .prefault({}),
  /** The limits a replica is given where validity is judged, and where a time to live is waited out. */
  limits: z
    .strictObject({
      usual: limits.prefault({ timestampMaxAgeMs: 60_000, nonceTtlSeconds: 120 }),
      short: limits.prefault({ timestampMaxAgeMs: 1000, nonceTtlSeconds: 2 }),
    })
    .prefault({}),
});

export type Adapter = z.infer<typeof adapterSchema> & {
  /** Where it was read from; relative paths in it start here. */
  readonly directory: string;
  readonly path: string;
};
export type AdapterInput = z.input<typeof adapterSchema>;

/** For adapters written as a module, so that an editor knows every field. */
export const defineSigner = (adapter: AdapterInput): AdapterInput => adapter;

/** Reads an adapter file of any kind; what is wrong with it is said with the field's name. */
export async function loadAdapter(path: string): Promise<Adapter> {
  const file = resolve(path);
  const raw = await readers(extname(file))(file).catch((error: unknown) => {
    throw new UsageError(`Cannot read adapter ${path}: ${firstLine(error)}`);
  });
  const parsed = adapterSchema.safeParse(raw);
  if (parsed.success) return { ...parsed.data, directory: dirname(file), path: file };
  const issues = parsed.error.issues.map((issue) => `${fieldName(issue.path)}: ${issue.message}`);
  throw new UsageError(
    `Adapter ${path} does not fit; see "Your own signer" in the README\n  ${issues.join('\n  ')}`,
  );
}

type Reader = (file: string) => Promise<unknown>;

function readers(extension: string): Reader {
  switch (extension) {
    case '.yaml':
    case '.yml':
      return async (file) => parseYaml(await readFile(file, 'utf8')) as unknown;
    case '.json':
      return async (file) => JSON.parse(await readFile(file, 'utf8')) as unknown;
    case '.ts':
    case '.mts':
    case '.js':
    case '.mjs':
      return importDefault;
    default:
      return () => Promise.reject(new UsageError('its name must end in .yaml, .json, .ts or .js'));
  }
}

async function importDefault(file: string): Promise<unknown> {
  // A missing file is said as such, not as a module that cannot be resolved.
  await readFile(file);
  const module = (await import(pathToFileURL(file).href)) as { default?: unknown };
  if (module.default === undefined)
    throw new UsageError('it has no default export; write `export default defineSigner({...})`');
  return module.default;
}

const firstLine = (error: unknown): string => explain(error).split('\n')[0] ?? '';

const fieldName = (path: readonly PropertyKey[]): string =>
  path.length > 0 ? path.map(String).join('.') : 'the file';
