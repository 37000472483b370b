import { readFile } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { clauses, type ClauseId } from '../contract/signer-auth-v1/clauses.ts';
import { dialectSchema } from '../contract/signer-auth-v1/dialect.ts';
import { explain, UsageError } from '../errors.ts';
import { parseJson } from '../json-text.ts';
import { placeholdersIn, placeholderNames } from './placeholders.ts';

const template = z.string().superRefine((text, context) => {
  for (const name of strangersIn(text)) context.addIssue(unknownPlaceholder(name));
});

/** JSON in which every string may hold placeholders. */
const jsonTemplate = z.json().superRefine((value, context) => {
  for (const { path, text } of stringsIn(value)) {
    for (const name of strangersIn(text))
      context.issues.push({ code: 'custom', message: unknownPlaceholder(name), path, input: text });
  }
});

const strangersIn = (text: string): string[] =>
  placeholdersIn(text).filter((name) => !placeholderNames.has(name));

const unknownPlaceholder = (name: string): string =>
  `holds unknown placeholder {${name}}; known are ${[...placeholderNames].join(', ')}`;

function stringsIn(value: unknown, path: PropertyKey[] = []): { path: PropertyKey[]; text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) => stringsIn(each, [...path, name]));
}

const milliseconds = z.int().min(1).max(600_000);

const limits = z
  .strictObject({ timestampMaxAgeMs: milliseconds, nonceTtlSeconds: z.int().min(1).max(3600) })
  .refine(({ timestampMaxAgeMs, nonceTtlSeconds }) => nonceTtlSeconds * 1000 >= 2 * timestampMaxAgeMs, {
    error: ({ input }) => {
      const { timestampMaxAgeMs: age, nonceTtlSeconds: ttl } = input as Record<string, unknown>;
      return `nonceTtlSeconds ${String(ttl)} must be at least twice timestampMaxAgeMs ${String(age)}, or a captured request can be replayed as it was`;
    },
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
      /** The signer watches its files, which are replaced one by one or, as Kubernetes does it, behind one link at once. */
      z.strictObject({ by: z.literal('watch'), as: z.enum(['files', 'symlinks']).default('files') }),
      /** Run by us in the signer's directory; it exits with 0 once the signer has taken the change over. */
      z.strictObject({ by: z.literal('command'), command: z.tuple([template], template) }),
    ])
    .default({ by: 'restart' }),
  /** For a signer that can hold one secret of a client only. */
  secretsPerClient: z
    .literal(1, { error: 'must be 1, or left out where a client may have several secrets at once' })
    .optional(),
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
  const raw = await read(path, file);
  const parsed = adapterSchema.safeParse(raw, { reportInput: true });
  if (parsed.success) return { ...parsed.data, directory: dirname(file), path: file };
  const issues = parsed.error.issues.map(complaint).join('; ');
  throw new UsageError(`${path}: ${issues}; see "Your own signer" in the README`);
}

async function read(path: string, file: string): Promise<unknown> {
  const extension = extname(file);
  const kind = Object.entries(kinds).find(([, extensions]) => extensions.includes(extension))?.[0];
  if (kind === undefined)
    throw new UsageError(`${path}: an adapter's name must end in .yaml, .json, .ts or .js; rename it`);
  // A missing module too is said to be missing, not to be one that cannot be resolved.
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const why = unreadable[error.code ?? ''] ?? `cannot be read (${error.code ?? error.message})`;
    throw new UsageError(`${path}: ${why}; name an adapter file with --signer`);
  });
  if (kind === 'json') return parseJson(path, text);
  return kind === 'yaml' ? readYaml(path, text) : importDefault(path, file);
}

const kinds = { json: ['.json'], yaml: ['.yaml', '.yml'], module: ['.ts', '.mts', '.js', '.mjs'] };

const unreadable: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  EISDIR: 'a directory, not a file',
};

function readYaml(path: string, text: string): unknown {
  try {
    return parseYaml(text, { prettyErrors: true }) as unknown;
  } catch (error) {
    // What follows the first line quotes the file.
    throw new UsageError(`${path}: not YAML: ${firstLine(error).replace(/:$/, '')}; put that right`);
  }
}

async function importDefault(path: string, file: string): Promise<unknown> {
  const module = (await import(pathToFileURL(file).href).catch((error: unknown) => {
    throw new UsageError(`${path}: cannot be loaded: ${firstLine(error)}; run \`node ${path}\` to see where`);
  })) as { default?: unknown };
  if (module.default === undefined)
    throw new UsageError(`${path}: no default export; write \`export default defineSigner({...})\``);
  return module.default;
}

const firstLine = (error: unknown): string => explain(error).split('\n')[0] ?? '';

function complaint(issue: z.core.$ZodIssue): string {
  const [inKey] = issue.code === 'invalid_key' ? issue.issues : [];
  const field = issue.path.map(String).join('.') || 'the file';
  return `${field}: ${inKey?.message ?? issue.message}${given(issue)}`;
}

/** The value at fault where it helps: not an object or a list, and nothing that goes to the signer. */
function given({ path, input }: z.core.$ZodIssue): string {
  const shown = typeof input === 'string' || typeof input === 'number' || typeof input === 'boolean';
  if (!shown || withheld.has(path[0])) return '';
  const text = JSON.stringify(input);
  return ` (it is ${text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text})`;
}

const withheld = new Set<PropertyKey | undefined>(['start', 'files', 'claims']);
const LONGEST = 60;
