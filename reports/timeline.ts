import type { Counts, CredentialTally } from '../harness/judge/traffic/tally.ts';
import { anchoring, chart, roomy, scaleOf, WORDS, type Across, type Row } from './axis.ts';
import { bandInWords, faultLanes } from './band.ts';
import { wayOf, type Course, type Stretch } from './drill.ts';
import type { Lane, Spell } from './lanes.ts';
import { counted, duration, moments, onOneLine } from './legible.ts';
import { html, type Markup } from './markup.ts';
import { WRONGS_SHOWN, type Places } from './places.ts';
import { bars, rebinned, TRAFFIC } from './stacked-bars.ts';
import { wrongIn, wrongsInWords, wrongsOf, type Wrong } from './wrongs.ts';

/**
 * One course over time. What is let in rises from each base line, what is not hangs from it; colours only repeat what
 * place, pattern and words say.
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
    ...faultLanes(course.faults, course, course.from),
  ];
  return chart({
    id: places.ofCourse(course.id),
    title: `Timeline of ${onOneLine(course.id)}`,
    inWords: inWords(course, wrongs),
    rows,
    behind: (height) => html`${course.steps.map((step) => band(step, across, height))}`,
    span: course,
    zero: course.from,
  });
}

/** For the marks above a row of traffic, for what a replica holds, and for a window below that. */
const MARKS = 14;
const LANE = 18;
const WINDOW = 5;

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
    ...course.faults.map((fault) => `${bandInWords(fault, from)}.`),
    wrongs.length === 0
      ? 'Nothing was wrongly decided.'
      : `${counted(wrongs.length, 'place')} where requests were wrongly decided, listed below.`,
  ].join(' ');
}
