import type { Counts } from '../harness/judge/traffic/tally.ts';
import { html, NOTHING, type Markup } from './markup.ts';
import { added } from './wrongs.ts';

/** How high a row of traffic is. */
export const TRAFFIC = 44;
/** The least that a wrong verdict is drawn with. */
const WRONG = 4;

/** So many columns at most: more of them are narrower than a pixel somewhere. */
const COLUMNS = 160;

/** The same counts in no more columns than can be told apart. */
export function rebinned(slots: readonly Counts[]): readonly Counts[] {
  const together = Math.ceil(slots.length / COLUMNS);
  if (together <= 1) return slots;
  return Array.from({ length: Math.ceil(slots.length / together) }, (_, column) =>
    slots.slice(column * together, (column + 1) * together).reduce(added),
  );
}

/** From the base line outwards. */
const up = [
  ['in', 'accepted'],
  ['bad', 'wronglyAccepted'],
] as const;
const down = [
  ['out', 'refused'],
  ['none', 'unknown'],
  ['bad', 'wronglyRefused'],
  ['bad', 'unserved'],
] as const;

/** Each kind is one path, from the one that reaches furthest to the one on the base line, which lies in front. */
export function bars(slots: readonly Counts[]): Markup {
  const most = (side: typeof up | typeof down): number =>
    Math.max(0, ...slots.map((slot) => side.reduce((sum, [, name]) => sum + slot[name], 0)));
  const whole = Math.max(1, most(up) + most(down));
  // What is wrong is drawn larger than it was, for which there must be room at either end.
  const usable = TRAFFIC - 3 * WRONG;
  const base = WRONG + Math.round((usable * most(up)) / whole);
  const pixels = (count: number): number => (count === 0 ? 0 : Math.max(1, (usable * count) / whole));
  const paths = (side: typeof up | typeof down, away: 1 | -1): Markup[] => {
    const reach = slots.map(() => 0);
    return side
      .map(([kind, name]) => {
        const own = slots.map((slot, index) => {
          if (slot[name] === 0) return 0;
          // However rare it was, what is wrong can be seen.
          reach[index]! += kind === 'bad' ? Math.max(WRONG, pixels(slot[name])) : pixels(slot[name]);
          return Math.min(Math.round(reach[index]!), away === 1 ? TRAFFIC - base : base);
        });
        const d = steppedPath(own, base, away);
        return d === '' ? NOTHING : html`<path class="${kind}" d="${d}" />`;
      })
      .toReversed();
  };
  return html`${paths(up, -1)}${paths(down, 1)}<line
      class="base"
      x2="${slots.length}"
      y1="${base}"
      y2="${base}"
    />`;
}

/** The outline of columns that stand or hang on a line, in as few letters as it takes. */
function steppedPath(reach: readonly number[], base: number, away: 1 | -1): string {
  if (reach.every((each) => each === 0)) return '';
  let path = `M0 ${base}`;
  let level = 0;
  let flat = 0;
  for (const each of reach) {
    if (each !== level) {
      path += `${flat === 0 ? '' : `h${flat}`}v${away * (each - level)}`;
      flat = 0;
      level = each;
    }
    flat += 1;
  }
  return `${path}h${flat}V${base}z`;
}
