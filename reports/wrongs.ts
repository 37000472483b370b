import { noCounts } from '../harness/judge/traffic/timeline.ts';
import type { Counts } from '../harness/judge/traffic/tally.ts';
import type { Course } from './drill.ts';

/** Some requests of one credential that were wrongly decided, one soon after the other. */
export interface Wrong {
  readonly credential: string;
  readonly counts: Counts;
  readonly from: number;
  readonly to: number;
  /** When the first of them had been sent: which step was in hand by then. */
  readonly firstBy: number;
  /** The clauses that this breaks. */
  readonly clauses: readonly string[];
}

const wrongWords = {
  wronglyAccepted: 'wrongly let in',
  wronglyRefused: 'wrongly refused',
  unserved: 'not served',
} as const satisfies Partial<Record<keyof Counts, string>>;

type How = keyof typeof wrongWords;

/** What may be wrong, by the clause that a stream names for it. */
const sides = [
  { side: 'accepted', kinds: ['wronglyAccepted'] },
  { side: 'refused', kinds: ['wronglyRefused', 'unserved'] },
] as const satisfies readonly { side: string; kinds: readonly How[] }[];

/** How many of these were wrong in which way; empty where none was. */
export const wrongsInWords = (counts: Counts): string =>
  (Object.keys(wrongWords) as How[])
    .flatMap((how) => (counts[how] === 0 ? [] : [`${counts[how]} ${wrongWords[how]}`]))
    .join(', ');

export const wrongIn = ({ wronglyAccepted, wronglyRefused, unserved }: Counts): number =>
  wronglyAccepted + wronglyRefused + unserved;

export const NOBODY: Counts = noCounts();

export const added = (a: Counts, b: Counts): Counts => ({
  accepted: a.accepted + b.accepted,
  refused: a.refused + b.refused,
  wronglyAccepted: a.wronglyAccepted + b.wronglyAccepted,
  wronglyRefused: a.wronglyRefused + b.wronglyRefused,
  unserved: a.unserved + b.unserved,
  unknown: a.unknown + b.unknown,
});

/** Everything that went wrong in the traffic of a course, by time. */
export function wrongsOf({ tally, streams }: Pick<Course, 'tally' | 'streams'>): readonly Wrong[] {
  if (tally === undefined) return [];
  const { from, slotMs, rows } = tally.timeline;
  // What lies closer together than this cannot be marked apart on a page.
  const apart = Math.max(1, Math.ceil(Math.max(0, ...rows.map(({ slots }) => slots.length)) / 16));
  return rows
    .flatMap(({ credential, slots }) =>
      sides.flatMap(({ side, kinds }) => {
        const these = streams.filter((stream) => stream.credential === credential);
        const clauses = [...new Set(these.map((stream) => stream.clauses[side]))];
        return runs(slots, kinds, apart).map(({ first, last, counts }) => ({
          credential,
          counts,
          clauses,
          from: from + first * slotMs,
          to: from + (last + 1) * slotMs,
          firstBy: from + (first + 1) * slotMs,
        }));
      }),
    )
    .toSorted((a, b) => a.from - b.from);
}

interface Run {
  readonly first: number;
  last: number;
  counts: Counts;
}

function runs(slots: readonly Counts[], kinds: readonly How[], apart: number): readonly Run[] {
  const found: Run[] = [];
  for (const [index, slot] of slots.entries()) {
    if (kinds.every((how) => slot[how] === 0)) continue;
    const counts = { ...NOBODY, ...Object.fromEntries(kinds.map((how) => [how, slot[how]])) };
    const run = found.at(-1);
    if (run && index - run.last <= apart) {
      run.last = index;
      run.counts = added(run.counts, counts);
    } else found.push({ first: index, last: index, counts });
  }
  return found;
}
