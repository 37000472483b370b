/** A configuration that cannot be used. Its message names the place and the rule and never quotes what was found. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/** An object with exactly these fields. */
export function objectWith<Name extends string>(
  value: unknown,
  place: string,
  names: readonly Name[],
): Record<Name, unknown> {
  const object = anyObject(value, place);
  for (const name of names) {
    if (!Object.hasOwn(object, name)) throw new ConfigError(`Config is not usable: ${place} needs "${name}"`);
  }
  if (Object.keys(object).length > names.length) {
    throw new ConfigError(
      `Config is not usable: ${place} has an unknown field; known are ${names.join(', ')}`,
    );
  }
  return object;
}

/** An object with whatever fields it has. */
export function anyObject(value: unknown, place: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ConfigError(`Config is not usable: ${place} must be an object`);
  }
  return value as Record<string, unknown>;
}

/** A list with at least one item. */
export function filledList(value: unknown, place: string): readonly unknown[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw new ConfigError(`Config is not usable: ${place} must be a list with at least one item`);
  }
  return value;
}

/** A text that is more than white space. */
export function filledText(value: unknown, place: string): string {
  if (typeof value !== 'string' || value.trim() === '') {
    throw new ConfigError(`Config is not usable: ${place} must be a text that is not blank`);
  }
  return value;
}

/** A whole number between two bounds, both allowed. */
export function wholeNumber(value: unknown, place: string, least: number, most: number): number {
  if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most) {
    throw new ConfigError(`Config is not usable: ${place} must be a whole number from ${least} to ${most}`);
  }
  return value as number;
}

/** One of these words. */
export function oneOf<Word extends string>(value: unknown, place: string, words: readonly Word[]): Word {
  const word = words.find((each) => each === value);
  if (word === undefined) {
    throw new ConfigError(`Config is not usable: ${place} must be one of ${words.join(', ')}`);
  }
  return word;
}

/** True or false, and nothing that merely looks like it. */
export function yesOrNo(value: unknown, place: string): boolean {
  if (typeof value !== 'boolean')
    throw new ConfigError(`Config is not usable: ${place} must be true or false`);
  return value;
}
