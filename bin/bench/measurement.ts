/** One thing that can be measured. What it prints on the way are the raw numbers its figures come from. */
export interface Measurement {
  readonly name: string;
  /** For `--help`. */
  readonly about: string;
  measure(wish: Wish): Promise<readonly Figure[]>;
}

export interface Wish {
  readonly print: (line: string) => void;
  /** For what is repeated to find what is rare. */
  readonly runs: number;
}

/** A number held against its limit. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly limit: string;
  readonly ok: boolean;
}

export const atMost = (name: string, value: number, limit: number, unit = ''): Figure => ({
  name,
  value: shown(value, unit),
  limit: `at most ${shown(limit, unit)}`,
  ok: value <= limit,
});

export const atLeast = (name: string, value: number, limit: number, unit = ''): Figure => ({
  name,
  value: shown(value, unit),
  limit: `at least ${shown(limit, unit)}`,
  ok: value >= limit,
});

export const line = ({ name, value, limit, ok }: Figure): string =>
  `${name}: ${value} (limit ${limit}) ${ok ? 'ok' : 'MISSED'}`;

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

/** Median, least and most, as a noisy machine should be reported. */
export const spread = (values: readonly number[], unit: string): string =>
  `median ${shown(median(values), unit)}, min ${shown(Math.min(...values), unit)}, max ${shown(Math.max(...values), unit)}`;

/** Three digits that mean something. */
export function shown(value: number, unit = ''): string {
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : 2;
  const text = value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return unit === '' ? text : `${text} ${unit}`;
}
