import { UsageError } from '../errors.ts';

/** Something a user can name: itself, its clause, or a tag it carries. */
export interface Choosable {
  readonly id: string;
  readonly clause: string;
  readonly tags?: readonly string[];
}

/** Those that are named by id, clause or tag. A name that fits nothing is a mistake, and the nearest one is offered. */
export function choose<T extends Choosable>(
  all: readonly T[],
  names: readonly string[],
  remedy = 'See `keydrill list` for every scenario, clause and tag',
): T[] {
  if (names.length === 0) return [...all];
  const known = new Set(all.flatMap(({ id, clause, tags = [] }) => [id, clause, ...tags]));
  for (const name of names) {
    if (known.has(name)) continue;
    const near = nearest(name, [...known]);
    const hint = near === undefined ? '.' : `; did you mean "${near}"?`;
    throw new UsageError(`Nothing is called "${name}"${hint} ${remedy}`);
  }
  const wanted = new Set(names);
  return all.filter(({ id, clause, tags = [] }) => [id, clause, ...tags].some((name) => wanted.has(name)));
}

function nearest(name: string, known: readonly string[]): string | undefined {
  const byDistance = known
    .map((each) => ({ each, distance: distance(name, each) }))
    .toSorted((a, b) => a.distance - b.distance);
  const [best] = byDistance;
  if (!best || best.distance > Math.max(3, name.length / 3)) return undefined;
  // A word of which nothing is left is not near.
  return best.distance < name.length ? best.each : undefined;
}

/** How many letters must be changed to make one word of the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 0; i < a.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j += 1) {
      next.push(Math.min(next[j]! + 1, row[j + 1]! + 1, row[j]! + (a[i] === b[j] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length] ?? a.length;
}
