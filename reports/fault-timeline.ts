import { chart, roomy, scaleOf, WORDS, type Across, type Row, type Stretched } from './axis.ts';
import { bandInWords, faultLanes } from './band.ts';
import { onOneLine } from './legible.ts';
import { html, NOTHING, type Markup } from './markup.ts';
import type { Asked, Ordeal, Suffered } from './suffered.ts';

/** A run as one topology suffered it: its faults one below the other, and below them the cases that asked for them. */
export function runTimeline(topology: string, suffered: readonly Suffered[], id: string): Markup {
  const ordeals = suffered.flatMap((each) => each.ordeals).filter(({ band }) => band.topology === topology);
  const bands = ordeals.map(({ band }) => band);
  const span = {
    from: Math.min(...ordeals.map(({ from }) => from)),
    to: Math.max(...ordeals.map(({ to }) => to)),
  };
  return chart({
    id,
    title: `Faults on topology ${onOneLine(topology)}`,
    inWords: bands.map((band) => `${bandInWords(band, 0)}.`).join(' '),
    rows: [...faultLanes(bands, span, 0), caseRow(ordeals, scaleOf(span))],
    behind: () => NOTHING,
    span,
    zero: 0,
  });
}

/** One injection over the time of its case, with how each door answered before, during and after. */
export function ordealTimeline(ordeal: Ordeal, id: string): Markup {
  const { band, asked } = ordeal;
  const doors = [...Map.groupBy(asked, ({ at }) => at)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const turns = [band.injecting, band.witnessed, band.healing, band.healed].filter(Number.isFinite);
  const { at } = scaleOf(ordeal);
  return chart({
    id,
    title: `Timeline of ${onOneLine(band.fault)}`,
    inWords: [
      bandInWords(band, 0),
      ...doors.map(([door, these]) => `${onOneLine(door)}: ${askedInWords(these, band)}`),
      '',
    ].join('. '),
    rows: [...faultLanes([band], ordeal, 0), ...doors.map(([door, these]) => askedRow(door, these, ordeal))],
    behind: (height) =>
      html`${turns.map((turn) => html`<line class="edge" x1="${at(turn)}" x2="${at(turn)}" y2="${height}" />`)}`,
    span: ordeal,
    zero: 0,
  });
}

const CASES = 18;

function caseRow(ordeals: readonly Ordeal[], { at, wide, room }: Across): Row {
  const spans = new Map(
    ordeals.flatMap((ordeal) => (ordeal.case === undefined ? [] : [[ordeal.from, ordeal] as const])),
  );
  const bars = [...spans.values()].map(({ case: id = '', from, to }) => {
    const name = onOneLine(id);
    return html`<svg x="${at(from)}" y="${WORDS}" width="${wide(from, to)}" height="${CASES}">
      <title>${name}</title>
      <rect class="held" width="100%" height="${CASES}" />
      <text x="4" y="13">${roomy(name, room(from, to, name))}</text>
    </svg>`;
  });
  return { height: WORDS + CASES, drawn: html`<text class="name" x="2" y="11">cases</text>${bars}` };
}

/** How high a row of requests is, where its base line is, and how many places it has. */
const ASKED = 30;
const BASE = 13;
const PLACES = 1000;

/** Beyond the base line: what was let in upwards, what was not downwards, and further down where nobody was there. */
const marks: Readonly<Record<Asked['came'], { readonly words: string; readonly to: number }>> = {
  accepted: { words: 'let in', to: 1 },
  unavailable: { words: 'refused as unavailable', to: 29 },
  refused: { words: 'refused otherwise', to: 21 },
  unanswered: { words: 'not answered', to: 29 },
};

const kinds = Object.keys(marks) as Asked['came'][];

/** Each kind is one path, however many there were. */
function askedRow(door: string, asked: readonly Asked[], { from, to }: Stretched): Row {
  const place = ({ from: sent }: Asked): number =>
    Math.round((PLACES * (sent - from)) / Math.max(1, to - from));
  const paths = kinds.flatMap((came) => {
    const places = new Set(asked.filter((each) => each.came === came).map(place));
    if (places.size === 0) return [];
    return [
      html`<path
        class="asked ${came}"
        d="${[...places].map((x) => `M${x} ${BASE}V${marks[came].to}`).join('')}"
      />`,
    ];
  });
  return {
    height: WORDS + ASKED,
    drawn: html`<text class="name" x="2" y="11"
        >${onOneLine(door)}<tspan class="counts traffic" dx="3"> ${countsInWords(asked)}</tspan></text
      ><svg
        y="${WORDS}"
        width="100%"
        height="${ASKED}"
        viewBox="0 0 ${PLACES} ${ASKED}"
        preserveAspectRatio="none"
      >
        ${paths}
        <line class="base" x2="${PLACES}" y1="${BASE}" y2="${BASE}" />
      </svg>`,
  };
}

const countsInWords = (asked: readonly Asked[]): string =>
  kinds
    .map((came) => [asked.filter((each) => each.came === came).length, marks[came].words] as const)
    .flatMap(([count, words]) => (count === 0 ? [] : [`${count} ${words}`]))
    .join(', ');

/** Before, while it was in force or may have been, and once it was healed. */
export function askedInWords(asked: readonly Asked[], { injecting, healed }: Ordeal['band']): string {
  const times = {
    before: asked.filter(({ from }) => from < injecting),
    meanwhile: asked.filter(({ from }) => from >= injecting && from < healed),
    after: asked.filter(({ from }) => from >= healed),
  };
  return Object.entries(times)
    .flatMap(([when, these]) => (these.length === 0 ? [] : [`${when} ${countsInWords(these)}`]))
    .join('; ');
}

export const faultLegend = html`<div class="legend">
  <ul>
    <li>
      <svg width="34" height="12"><line class="taking-hold" x2="34" y1="6" y2="6" /></svg> striped: injected,
      not yet certain
    </li>
    <li>
      <svg width="34" height="12"><rect class="fault" width="34" height="12" /></svg> filled: in force,
      witnessed
    </li>
    <li>
      <svg width="34" height="12"><line class="mending" x2="34" y1="6" y2="6" /></svg> thin: being healed
    </li>
    <li>
      <svg width="34" height="12">
        <rect class="unwitnessed" width="34" height="12" />
        <text x="4" y="10">?</text>
      </svg>
      empty: nobody witnessed it, so it proves nothing
    </li>
    <li>
      <svg width="34" height="12"><text x="12" y="10">∅</text></svg> not applicable: it cannot take hold there
    </li>
    <li>
      <svg width="34" height="12"><text x="12" y="10">✗</text></svg> healed, and still there
    </li>
    <li>
      <svg width="34" height="30">
        <path class="asked accepted" d="M17 13V1" />
        <line class="base" x2="34" y1="13" y2="13" />
      </svg>
      rises: a request let in
    </li>
    <li>
      <svg width="34" height="30">
        <path class="asked unavailable" d="M17 13V29" />
        <line class="base" x2="34" y1="13" y2="13" />
      </svg>
      hangs far: refused as unavailable
    </li>
    <li>
      <svg width="34" height="30">
        <path class="asked refused" d="M17 13V21" />
        <line class="base" x2="34" y1="13" y2="13" />
      </svg>
      hangs: refused otherwise
    </li>
    <li>
      <svg width="34" height="30">
        <path class="asked unanswered" d="M17 13V29" />
        <line class="base" x2="34" y1="13" y2="13" />
      </svg>
      hangs far, broken: no answer
    </li>
  </ul>
</div>`;
