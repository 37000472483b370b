import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { UsageError } from '../harness/errors.ts';
import { parseJson } from '../harness/json-text.ts';
import { parseVectorFile, type VectorFile } from './schema.ts';
import { shown } from './wording.ts';

/** Reads a vector file of ours or of others; what is wrong with it is named by vector, step and field. */
export async function loadVectors(path: string): Promise<VectorFile> {
  const input = parseJson(path, await readText(path));
  const parsed = parseVectorFile(input);
  if (parsed.success) return parsed.data;
  const [first, ...others] = parsed.error.issues;
  const more = others.length > 0 ? ` (and ${others.length} more)` : '';
  throw new UsageError(`${path}: ${first ? complaint(first, input) : parsed.error.message}${more}`);
}

async function readText(path: string): Promise<string> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    const why = unreadable[error.code ?? ''] ?? `cannot be read (${error.code ?? error.message})`;
    throw new UsageError(`${path}: ${why}; name a vector file`);
  });
  try {
    // Strict, because a replacement character would make another vector of it.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(`${path}: not UTF-8 text; save it as UTF-8`);
  }
}

const unreadable: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'a directory, not a file',
};

function complaint(issue: z.core.$ZodIssue, input: unknown): string {
  const { place, field } = whereabouts(issue.path, input);
  const subject = [place, field].filter(Boolean).join(': ') || 'the file';
  return `${subject} ${issue.message}${shown(issue)}`;
}

/** A path through the file in the words people use for it: vector by id, step by number, then the field. */
function whereabouts(path: readonly PropertyKey[], input: unknown): { place: string; field: string } {
  const [top, vector, steps, step] = path;
  if (top !== 'vectors' || typeof vector !== 'number') return { place: '', field: joined(path) };
  const named = `vector ${nameOfVector(input, vector)}`;
  if (steps !== 'steps' || typeof step !== 'number') return { place: named, field: joined(path.slice(2)) };
  return { place: `${named} step ${step + 1}`, field: joined(path.slice(4)) };
}

function nameOfVector(input: unknown, index: number): string {
  const { id } = (input as { vectors: { id?: unknown }[] }).vectors[index] ?? {};
  return typeof id === 'string' ? JSON.stringify(id) : String(index + 1);
}

const joined = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
