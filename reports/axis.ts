import { html, NOTHING, type Markup } from './markup.ts';

/** What a drawing spans, in milliseconds of the run's clock. */
export interface Stretched {
  readonly from: number;
  readonly to: number;
}

/** One row of a drawing, as high as it needs. */
export interface Row {
  readonly height: number;
  readonly drawn: Markup;
}

/** Where a moment lies between the left end and the right, in percent, and how wide an interval is. */
export interface Across {
  readonly at: (ms: number) => string;
  readonly wide: (from: number, to: number) => string;
  /** On what a text has room in an interval: any page, one that is `wide`, or none. */
  readonly room: (from: number, to: number, text: string) => 'any' | 'wide' | 'none';
}

/** Between two rows, for the axis below them, and for the words above a row. */
const GAP = 8;
const AXIS = 20;
export const WORDS = 16;

/**
 * Rows over one axis of time, as a drawing that grows with the page: across it is measured in percent and down in
 * pixels, so that words keep their size on a telephone and on paper.
 */
export function chart({
  id,
  title,
  inWords,
  rows,
  behind,
  span,
  zero,
}: {
  readonly id: string;
  readonly title: string;
  /** The drawing for those who hear it. */
  readonly inWords: string;
  readonly rows: readonly Row[];
  /** What goes from top to bottom behind all rows. */
  readonly behind: (height: number) => Markup;
  readonly span: Stretched;
  /** The moment that the axis counts from. */
  readonly zero: number;
}): Markup {
  const tops = rows.map((_, index) =>
    rows.slice(0, index).reduce((sum, { height }) => sum + height + GAP, 0),
  );
  const bottom = rows.reduce((sum, { height }) => sum + height + GAP, 0);
  return html`<svg
    class="timeline"
    role="img"
    aria-labelledby="${id}-title ${id}-text"
    width="100%"
    height="${bottom + AXIS}"
  >
    <title id="${id}-title">${title}</title>
    <desc id="${id}-text">${inWords}</desc>
    ${behind(bottom)}${rows.map(({ drawn, height }, index) => html`<svg y="${tops[index] ?? 0}" width="100%" height="${height}">${drawn}</svg>`)}${axis(span, zero, bottom)}
  </svg>`;
}

export function scaleOf({ from, to }: Stretched): Across {
  const part = (start: number, end: number): number =>
    (100 * (Math.min(end, to) - Math.max(start, from))) / Math.max(1, to - from);
  return {
    at: (ms) => percent(part(from, ms)),
    wide: (start, end) => percent(part(start, end)),
    room: (start, end, text) => {
      const needed = 7 + 5.9 * text.length;
      if (3.6 * part(start, end) >= needed) return 'any';
      return 6.8 * part(start, end) >= needed ? 'wide' : 'none';
    },
  };
}

const percent = (number: number): string => `${Number(Math.max(0, number).toFixed(2))}%`;

export const roomy = (text: string, room: ReturnType<Across['room']>): Markup =>
  room === 'none' ? NOTHING : html`<tspan class="${room}">${text}</tspan>`;

/** A word at the right end is written to the left of its place. */
export const anchoring = (moment: number, { from, to }: Stretched): Markup =>
  moment - from > 0.94 * (to - from) ? html`text-anchor="end"` : html`text-anchor="start"`;

function axis(span: Stretched, zero: number, top: number): Markup {
  const { at } = scaleOf(span);
  const step = tickFor(span.to - span.from);
  const first = Math.ceil((span.from - zero) / step);
  const last = Math.floor((span.to - zero) / step);
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
  return html`<line class="base" x2="100%" y1="${top}" y2="${top}" />${ticks.map((tick) => {
      const place = at(zero + tick);
      return html`<line class="tick" x1="${place}" x2="${place}" y1="${top}" y2="${top + 4}" /><text
          class="when"
          x="${place}"
          y="${top + 16}"
          ${anchoring(zero + tick, span)}
          >${Number((tick / 1000).toFixed(2))} s</text
        >`;
    })}`;
}

/** The smallest round interval of which not too many fit in. */
function tickFor(ms: number): number {
  const round = [20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000];
  return round.find((each) => ms / each <= 8) ?? Math.max(1, ms);
}
