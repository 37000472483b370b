import type { Counts, CredentialTally } from '../harness/judge/traffic/tally.ts';
import { wayOf, type Course, type Disturbance, type Stretch } from './drill.ts';
import type { Lane, Spell } from './lanes.ts';
import { counted, duration, moments, onOneLine } from './legible.ts';
import { html, NOTHING, type Markup } from './markup.ts';
import { WRONGS_SHOWN, type Places } from './places.ts';
import { bars, rebinned, TRAFFIC } from './stacked-bars.ts';
import { wrongIn, wrongsInWords, wrongsOf, type Wrong } from './wrongs.ts';

/**
 * One course over time, as a drawing that grows with the page: across it is measured in percent and down in pixels, so
 * that words keep their size on a telephone and on paper. What is let in rises from each base line, what is not hangs
 * from it; colours only repeat what place, pattern and words say.
 */
export function timelineOf(course: Course, places: Places): Markup {
  const across = scaleOf(course);
  const wrongs = wrongsOf(course).slice(0, WRONGS_SHOWN);
  const rows = [
    stepRow(course.steps, across),
    ...(course.tally?.timeline.rows ?? []).map(({ credential, slots }) =>
      trafficRow(
        course.tally?.credentials.find((each) => each.credential === credential),
        credential,
        rebinned(slots),
        course,
        across,
        wrongs.flatMap((wrong, index) =>
          wrong.credential === credential ? [{ wrong, number: index + 1 }] : [],
        ),
        places,
      ),
    ),
    ...course.lanes.map((lane) => laneRow(lane, course, across)),
    ...(course.faults.length === 0 ? [] : [faultRow(course.faults, across)]),
  ];
  const tops = rows.map((_, index) =>
    rows.slice(0, index).reduce((sum, { height }) => sum + height + GAP, 0),
  );
  const bottom = rows.reduce((sum, { height }) => sum + height + GAP, 0);
  const id = places.ofCourse(course.id);
  return html`<svg
    class="timeline"
    role="img"
    aria-labelledby="${id}-title ${id}-text"
    width="100%"
    height="${bottom + AXIS}"
  >
    <title id="${id}-title">Timeline of ${onOneLine(course.id)}</title>
    <desc id="${id}-text">${inWords(course, wrongs)}</desc>
    ${course.steps.map((step) => band(step, across, bottom))}${rows.map(({ drawn, height }, index) => html`<svg y="${tops[index] ?? 0}" width="100%" height="${height}">${drawn}</svg>`)}${axis(course, across, bottom)}
  </svg>`;
}

/** Between two rows, for the axis below them, for the words above a row, and for a row of traffic. */
const GAP = 8;
const AXIS = 20;
const WORDS = 16;
const MARKS = 14;
const LANE = 18;
const WINDOW = 5;

interface Row {
  readonly height: number;
  readonly drawn: Markup;
}

/** Where a moment lies between the left end and the right, in percent, and how wide an interval is. */
interface Across {
  readonly at: (ms: number) => string;
  readonly wide: (from: number, to: number) => string;
  /** On what a text has room in an interval: any page, one that is `wide`, or none. */
  readonly room: (from: number, to: number, text: string) => 'any' | 'wide' | 'none';
}

function scaleOf({ from, to }: Course): Across {
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

const band = ({ from, to, direction }: Stretch, { at, wide }: Across, height: number): Markup =>
  html`<rect class="band ${direction}" x="${at(from)}" width="${wide(from, to)}" height="${height}" /><line
      class="edge"
      x1="${at(from)}"
      x2="${at(from)}"
      y2="${height}"
    />`;

function stepRow(steps: readonly Stretch[], across: Across): Row {
  const tags = steps.map((step, index) => {
    const { from, direction } = step;
    const until = steps[index + 1]?.from ?? Infinity;
    return html`<svg x="${across.at(from)}" width="${across.wide(from, until)}" height="${LANE}">
      <title>${stepName(step)}: ${step.sentence}</title>
      <text class="step ${direction}" x="3" y="13">
        <tspan class="number">${stepNumber(step)}</tspan
        >${roomy(` ${onOneLine(step.step)}`, across.room(from, until, `${stepNumber(step)} ${step.step}`))}
      </text>
    </svg>`;
  });
  return { height: LANE, drawn: html`${tags}` };
}

const roomy = (text: string, room: ReturnType<Across['room']>): Markup =>
  room === 'none' ? NOTHING : html`<tspan class="${room}">${text}</tspan>`;

/** What stands for a step where there is no room for its name. */
export const stepNumber = ({ direction, number }: Pick<Stretch, 'direction' | 'number'>): string =>
  `${direction === 'back' ? '↩' : ''}${number ?? ''}`;

export const stepName = ({ step, direction, number }: Stretch): string =>
  direction === 'forward'
    ? `step ${number ?? ''} ${onOneLine(step)}`
    : `back${number === undefined ? '' : ` over step ${number}`} ${onOneLine(step)}`;

interface NumberedWrong {
  readonly wrong: Wrong;
  readonly number: number;
}

function trafficRow(
  tally: CredentialTally | undefined,
  credential: string,
  slots: readonly Counts[],
  course: Course,
  across: Across,
  wrongs: readonly NumberedWrong[],
  places: Places,
): Row {
  const { timeline } = course.tally!;
  const length = timeline.rows.find((row) => row.credential === credential)?.slots.length ?? 0;
  const end = timeline.from + length * timeline.slotMs;
  // The marks have a line of their own, where no word is in their way.
  const top = WORDS + (wrongs.length === 0 ? 0 : MARKS);
  const height = top + TRAFFIC;
  const drawn = html`${wrongs.map((each) => wrongMark(each, course, across, places))}<text
      class="name"
      x="2"
      y="11"
      >${onOneLine(credential)}<tspan class="counts traffic" dx="5">
        ${tally === undefined ? '' : countsInWords(tally)}</tspan
      ></text
    ><svg
      x="${across.at(timeline.from)}"
      y="${top}"
      width="${across.wide(timeline.from, end)}"
      height="${TRAFFIC}"
      viewBox="0 0 ${slots.length} ${TRAFFIC}"
      preserveAspectRatio="none"
    >
      ${bars(slots)}
    </svg>`;
  return { height, drawn };
}

const wrongMark = (
  { wrong: { counts, from, to }, number }: NumberedWrong,
  course: Course,
  { at, wide }: Across,
  places: Places,
): Markup =>
  html`<g class="wrong" id="${places.ofWrong(course.id, number)}"
    ><title>${wrongsInWords(counts)} at ${moments(from - course.from, to - course.from)}</title
    ><rect x="${at(from)}" y="${WORDS + MARKS}" width="${wide(from, to)}" height="${TRAFFIC}" /><line
      x1="${at(from)}"
      x2="${at(from)}"
      y1="${WORDS + MARKS}"
      y2="${WORDS + MARKS + TRAFFIC}"
    /><text x="${at(from)}" y="${WORDS + MARKS - 3}" ${anchoring(from, course)}>▼${number}</text></g
  >`;

/** A word at the right end is written to the left of its place. */
const anchoring = (moment: number, { from, to }: Course): Markup =>
  moment - from > 0.94 * (to - from) ? html`text-anchor="end"` : html`text-anchor="start"`;

function laneRow({ replica, what, spells }: Lane, course: Course, across: Across): Row {
  const windows = course.windows.filter((window) => window.replica === replica);
  const words = html`<text class="name" x="2" y="11"
    >${onOneLine(replica)}<tspan class="counts" dx="5"> ${onOneLine(what)}</tspan></text
  >`;
  const held = spells.map((spell) => spellBar(spell, across));
  const open = windows.map(
    ({ what: why, from, to }) =>
      html`<g
        ><title>${onOneLine(why)}</title
        ><line
          class="window"
          x1="${across.at(from)}"
          x2="${across.at(to)}"
          y1="${WORDS + LANE + 3}"
          y2="${WORDS + LANE + 3}"
      /></g>`,
  );
  const lost = course.casualties
    .filter((casualty) => casualty.replica === replica)
    .map(
      ({ what: evidence, from }) =>
        html`<g class="wrong"
          ><title>${onOneLine(evidence)}</title
          ><text x="${across.at(from)}" y="12" ${anchoring(from, course)}>✗ lost</text></g
        >`,
    );
  return {
    height: WORDS + LANE + (windows.length === 0 ? 0 : WINDOW),
    drawn: html`${words}${held}${open}${lost}`,
  };
}

function spellBar(spell: Spell, { at, wide, room }: Across): Markup {
  const { from, to, may } = spell;
  const middle = LANE / 2;
  const inside =
    may.length > 1
      ? html`<line class="either" x2="100%" y1="${middle}" y2="${middle}" />`
      : html`<rect class="held" width="100%" height="${LANE}" /><text x="4" y="13"
            >${roomy(may.join(), room(from, to, may.join()))}</text
          >`;
  return html`<svg x="${at(from)}" y="${WORDS}" width="${wide(from, to)}" height="${LANE}">
    <title>${spellInWords(spell)}</title>
    ${inside}
  </svg>`;
}

export const spellInWords = ({ may }: Spell): string => may.map(onOneLine).join(' or ');

const faultRow = (faults: readonly Disturbance[], { at, wide }: Across): Row => ({
  height: WORDS + LANE,
  drawn: html`<text class="name" x="2" y="11">faults</text>${faults.map(
      ({ what, from, to }) =>
        html`<svg x="${at(from)}" y="${WORDS}" width="${wide(from, to)}" height="${LANE}">
          <rect class="fault" width="100%" height="${LANE}" />
          <text x="4" y="13">${onOneLine(what)}</text>
        </svg>`,
    )}`,
});

function axis({ from, to }: Course, { at }: Across, top: number): Markup {
  const step = tickFor(to - from);
  const ticks = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => index * step);
  return html`<line class="base" x2="100%" y1="${top}" y2="${top}" />${ticks.map((tick) => {
      const late = anchoring(from + tick, { from, to } as Course);
      return html`<line
          class="tick"
          x1="${at(from + tick)}"
          x2="${at(from + tick)}"
          y1="${top}"
          y2="${top + 4}"
        /><text class="when" x="${at(from + tick)}" y="${top + 16}" ${late}
          >${Number((tick / 1000).toFixed(1))} s</text
        >`;
    })}`;
}

/** The smallest round interval of which not too many fit in. */
function tickFor(ms: number): number {
  const round = [100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000];
  return round.find((each) => ms / each <= 8) ?? ms;
}

const countsInWords = ({ counts }: CredentialTally): string =>
  [
    `${counts.accepted} let in`,
    `${counts.refused} refused`,
    ...(wrongIn(counts) === 0 ? [] : [wrongsInWords(counts).toUpperCase()]),
  ].join(', ');

/** The drawing for those who hear it; the tables below it hold the rest. */
function inWords(course: Course, wrongs: readonly Wrong[]): string {
  const { tally, steps, from, to } = course;
  return [
    `${wayOf(course)} in ${duration(to - from)}.`,
    ...steps.map((step) => `${stepName(step)} at ${moments(step.from - from, step.to - from)}.`),
    ...(tally?.credentials ?? []).map((each) => `${onOneLine(each.credential)}: ${countsInWords(each)}.`),
    wrongs.length === 0
      ? 'Nothing was wrongly decided.'
      : `${counted(wrongs.length, 'place')} where requests were wrongly decided, listed below.`,
  ].join(' ');
}
