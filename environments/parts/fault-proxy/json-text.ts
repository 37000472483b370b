/** What the API answers with. An undefined member is left out. */
export type Json =
  | null
  | boolean
  | bigint
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json | undefined };

/** JSON as the real server writes it: fractions in 32 bits, and nothing that a browser could take for markup. */
export function jsonText(value: Json): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return fraction(value);
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return `[${value.map((each: Json) => jsonText(each)).join(',')}]`;
  const members = Object.entries(value).flatMap(([name, each]: [string, Json | undefined]) =>
    each === undefined ? [] : [`${text(name)}:${jsonText(each)}`],
  );
  return `{${members.join(',')}}`;
}

const text = (value: string): string =>
  JSON.stringify(value).replaceAll(
    /[<>&\u2028\u2029]/g,
    (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** The fewest digits that name the same number in 32 bits. */
function fraction(value: number): string {
  if (Object.is(value, -0)) return '-0';
  for (let digits = 1; ; digits += 1) {
    const shortest = Number(value.toPrecision(digits));
    if (Math.fround(shortest) === value) return String(shortest);
  }
}
