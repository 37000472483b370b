import type { z } from 'zod';

/** What is wrong with a field, to be read on from the field's name; a broken syntax is worded beside its pattern. */
export function wording(issue: z.core.$ZodRawIssue): string | undefined {
  const given = valueOf(issue) !== undefined;
  if (issue.code === 'unrecognized_keys') return `must not hold ${listOf(issue.keys)}; remove it`;
  if (issue.code === 'too_big') return `must be at most ${issue.maximum}`;
  if (issue.code === 'invalid_type') return given ? `must be ${nameOf(issue.expected)}` : 'is missing';
  if (issue.code === 'invalid_value') return given ? `must be ${listOf(issue.values)}` : 'is missing';
  if (issue.code !== 'invalid_union') return undefined;
  return given ? `must be ${listOf([issue.options].flat())}` : 'is missing';
}

/** The value at fault, where showing it helps: not where it is missing, an object, or may be a secret. */
export function shown(issue: z.core.$ZodIssue): string {
  const value = valueOf(issue);
  if (value === undefined || issue.code === 'unrecognized_keys') return '';
  if (typeof value === 'object' && value !== null)
    return Array.isArray(value) ? `, but is a list of ${value.length}` : ', but is an object';
  if (issue.path.some((name) => name === 'hmacSecrets' || name === 'signWithSecret'))
    return `, but is a ${typeof value}`;
  const text = JSON.stringify(value);
  return `, but is ${text.length > longest ? `${text.slice(0, longest)}… (${text.length} characters)` : text}`;
}

const longest = 60;

/** A choice made by one property is reported with the whole object as its input. */
function valueOf(issue: z.core.$ZodRawIssue | z.core.$ZodIssue): unknown {
  if (issue.code !== 'invalid_union' || typeof issue.discriminator !== 'string') return issue.input;
  return (issue.input as Record<string, unknown>)[issue.discriminator];
}

const names: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'an object',
  string: 'a string',
};

const nameOf = (type: string): string => names[type] ?? type;

function listOf(values: readonly unknown[]): string {
  const quoted = values.map((value) => JSON.stringify(value));
  return [quoted.slice(0, -1).join(', '), quoted.at(-1)].filter(Boolean).join(' or ');
}
