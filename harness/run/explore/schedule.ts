import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { UsageError } from '../../errors.ts';
import { parseJson } from '../../json-text.ts';
import { type Action, actionSchema, weights } from './action.ts';

/** A saved schedule: the actions, and where they come from. */
export const scheduleSchema = z.strictObject({
  schema: z.literal(1),
  keydrill: z.string().min(1),
  contract: z.string().min(1),
  /** The signer it was found with; it can be played to any. */
  signer: z.string().min(1),
  id: z.string().regex(/^[a-z0-9-]+$/, { error: 'must be lower-case letters, digits and hyphens' }),
  /** What it was generated from, before it was made smaller. */
  seed: z.int(),
  actions: z.array(actionSchema).min(1).max(1000),
});

export type Schedule = z.infer<typeof scheduleSchema>;

export const writeSchedule = (schedule: Schedule): string =>
  `${JSON.stringify(scheduleSchema.parse(schedule), undefined, 2)}\n`;

/** What a schedule may speak of here. */
interface Known {
  readonly contracts: readonly string[];
  readonly faults: readonly string[];
}

/** Reads a saved schedule; what is wrong with it is said with its place, its value and what to do. */
export async function readSchedule(path: string, known: Known): Promise<Schedule> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'no such file' : `cannot be read (${error.code ?? error.message})`;
    throw new UsageError(`${path}: ${why}; name a schedule that keydrill explore wrote`);
  });
  const raw = parseJson(path, text);
  refuseOtherVersion(path, raw);
  const parsed = scheduleSchema.safeParse(raw, { reportInput: true });
  if (!parsed.success) {
    const issues = parsed.error.issues.map(complaint).join('; ');
    throw new UsageError(`${path}: ${issues}; put it back as keydrill explore wrote it`);
  }
  const { contract, actions } = parsed.data;
  if (!known.contracts.includes(contract))
    throw new UsageError(
      `${path}: contract: "${contract}" is not known here; there is ${known.contracts.join(', ')}`,
    );
  for (const [at, action] of actions.entries())
    if (action.do === 'inject' && !known.faults.includes(action.fault))
      throw new UsageError(
        `${path}: actions.${at}.fault: "${action.fault}" is not known here; see \`keydrill list faults\`, or replay it with the version that wrote it`,
      );
  return parsed.data;
}

/** Before anything else is complained of that may be right in its own version. */
function refuseOtherVersion(path: string, raw: unknown): void {
  const { schema, keydrill } = { ...(raw as { schema?: unknown; keydrill?: unknown } | null) };
  if (typeof schema !== 'number' || schema === 1) return;
  const writer = typeof keydrill === 'string' ? `keydrill ${keydrill}` : 'the version that wrote it';
  throw new UsageError(
    `${path}: schema: this version reads schedules of schema 1, not ${schema}; replay it with ${writer}`,
  );
}

function complaint(issue: z.core.$ZodIssue): string {
  const place = issue.path.map(String).join('.') || 'the file';
  const { input } = issue;
  if (issue.code === 'invalid_union' && issue.path.at(-1) === 'do')
    return `${place}: ${unknownAction(input)}`;
  const shown = typeof input === 'string' || typeof input === 'number' || typeof input === 'boolean';
  return `${place}: ${issue.message}${shown ? ` (it is ${JSON.stringify(input)})` : ''}`;
}

function unknownAction(input: unknown): string {
  const kinds = Object.keys(weights).join(', ');
  const named = (input as Partial<Action> | undefined)?.do;
  return `${named === undefined ? 'says nothing of what to do' : `"${named}" is no action`}; there is ${kinds}`;
}
