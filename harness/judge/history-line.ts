import { prettifyError } from 'zod';
import { UsageError } from '../errors.ts';
import { eventSchema, type EventOf, type HistoryEvent } from './events.ts';

/** One event of a saved history; a line that is none says so, with its place. */
export function parseLine(line: string, path: string, number: number): HistoryEvent {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    throw new UsageError(`${path}:${number}: not a line of JSON; a history holds one event a line`);
  }
  if (isOfStream(json)) return json;
  const parsed = eventSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new UsageError(
    `${path}:${number}: not an event of a history: ${prettifyError(parsed.error).replaceAll('\n', ' ')}`,
  );
}

/**
 * Whether it is a request of a stream or its answer, exactly as the schema has it: nearly all lines of a long history
 * are, and the schema takes half as long again as JSON itself, since it makes each of them anew. It has the last word
 * on what is none.
 */
export function isOfStream(json: unknown): json is EventOf<'sent'> | EventOf<'got'> {
  if (typeof json !== 'object' || json === null) return false;
  const event: Untrusted<EventOf<'sent'> & Omit<EventOf<'got'>, 'type'>> = json;
  if (!isNumber(event.at) || !isName(event.id)) return false;
  const fields = Object.keys(event).length;
  if (event.type === 'got')
    return (
      Number.isSafeInteger(event.status) && (fields === 4 || (fields === 5 && typeof event.body === 'string'))
    );
  return (
    event.type === 'sent' &&
    isName(event.stream) &&
    isName(event.connection) &&
    isNumber(event.due) &&
    Array.isArray(event.stamp) &&
    event.stamp.every((part) => typeof part === 'string') &&
    (fields === 7 || (fields === 8 && isNumber(event.taken)))
  );
}

type Untrusted<T> = { readonly [K in keyof T]?: unknown };

const isNumber = Number.isFinite;
const isName = (value: unknown): boolean => typeof value === 'string' && value !== '';
