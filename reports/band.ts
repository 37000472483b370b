import type { Band } from '../harness/judge/faults.ts';
import { anchoring, scaleOf, WORDS, type Across, type Row, type Stretched } from './axis.ts';
import { duration, onOneLine } from './legible.ts';
import { html, NOTHING, type Markup } from './markup.ts';

/** What is known of a fault: it took hold, nobody saw that it did, it cannot there, or it did not end. */
export type Hold = 'in-force' | 'unwitnessed' | 'never' | 'unhealed';

export function holdOf({ never, unhealed, witnessed }: Band): Hold {
  if (never) return 'never';
  if (unhealed !== undefined) return 'unhealed';
  return Number.isFinite(witnessed) ? 'in-force' : 'unwitnessed';
}

/** For how long it was in force for certain. */
const inForceMs = ({ witnessed, healing }: Band, until: number): number =>
  Math.max(0, Math.min(healing, until) - Math.min(witnessed, until));

/** How far it has got at this moment. */
export function phaseAt({ witnessed, healing, unhealed }: Band, now: number): string {
  if (unhealed !== undefined) return 'not healed';
  if (now >= healing) return 'healing';
  return now >= witnessed ? 'in force' : 'not yet witnessed';
}

/** From its injection to its end, counted from this moment. */
export function bandInWords(band: Band, zero: number): string {
  const { fault, replicas, injecting, witnessed, healing, healed, evidence, never, unhealed } = band;
  const when = (moment: number): string => instant(moment - zero);
  const where = replicas === undefined ? '' : ` on ${replicas.map(onOneLine).join(', ')}`;
  const name = `${onOneLine(fault)}${where}`;
  if (never) return `${name} at ${when(injecting)}: not applicable, ${onOneLine(evidence)}`;
  const end =
    unhealed === undefined
      ? Number.isFinite(healed)
        ? `healed at ${when(healed)}`
        : 'not healed when the record ended'
      : `still there after that: ${onOneLine(unhealed)}`;
  return [
    `${name}: injected at ${when(injecting)}`,
    Number.isFinite(witnessed)
      ? `witnessed from ${when(witnessed)} on (${onOneLine(evidence)})`
      : `nobody witnessed that it took hold (${onOneLine(evidence)})`,
    ...(Number.isFinite(healing) ? [`healing from ${when(healing)} on`] : []),
    end,
  ].join(', ');
}

/** A fault begins and ends faster than a step of a rotation. */
const instant = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

/** A row for each fault, with a band for each time that it was injected. */
export const faultLanes = (bands: readonly Band[], span: Stretched, zero: number): readonly Row[] =>
  [...Map.groupBy(bands, ({ fault }) => fault)].map(([fault, these]) => faultLane(fault, these, span, zero));

const BAND = 12;

function faultLane(fault: string, bands: readonly Band[], span: Stretched, zero: number): Row {
  const across = scaleOf(span);
  const first = bands[0]?.injecting ?? span.from;
  const late = first - span.from > 0.6 * (span.to - span.from);
  const words = html`<text
    class="name"
    x="${late ? '100%' : across.at(first)}"
    y="11"
    ${late ? html`text-anchor="end"` : NOTHING}
    >${onOneLine(fault)}<tspan class="counts" dx="3"> ${heldInWords(bands, span.to)}</tspan></text
  >`;
  return {
    height: WORDS + BAND,
    drawn: html`${words}${bands.map((band) => drawn(band, across, span, zero))}`,
  };
}

/** What is known of all injections of one fault, in so many words. */
export function heldInWords(bands: readonly Band[], until: number): string {
  const of = (hold: Hold): readonly Band[] => bands.filter((band) => holdOf(band) === hold);
  const times = (count: number): string =>
    count === bands.length ? '' : ` ${count} of ${bands.length} times`;
  const held = bands.filter(({ witnessed }) => Number.isFinite(witnessed));
  const total = held.reduce((sum, band) => sum + inForceMs(band, until), 0);
  const [unseen, never, unhealed] = [of('unwitnessed').length, of('never').length, of('unhealed').length];
  return [
    ...(held.length === 0
      ? []
      : [
          `in force ${held.length === 1 ? duration(total) : `${held.length} times, ${duration(total)} in all`}`,
        ]),
    ...(unseen === 0 ? [] : [`? not witnessed${times(unseen)}`]),
    ...(never === 0 ? [] : [`∅ not applicable${times(never)}`]),
    ...(unhealed === 0 ? [] : [`✗ not healed${times(unhealed)}`]),
  ].join(', ');
}

function drawn(band: Band, across: Across, span: Stretched, zero: number): Markup {
  const until = (moment: number): number => Math.min(moment, span.to);
  const [injecting, witnessed, healing, healed] = [
    until(band.injecting),
    until(band.witnessed),
    until(band.healing),
    until(band.healed),
  ];
  const title = html`<title>${bandInWords(band, zero)}</title>`;
  const hold = holdOf(band);
  if (hold === 'never')
    return html`<g
      >${title}<text x="${across.at(injecting)}" y="${WORDS + 10}" ${anchoring(injecting, span)}>∅</text></g
    >`;
  const sure = Math.min(witnessed, healing);
  const parts = Number.isFinite(band.witnessed)
    ? html`${striped('taking-hold', injecting, sure, across)}${box('fault', sure, healing, across)}`
    : box('unwitnessed', injecting, healing, across);
  const mark = { unwitnessed: '?', unhealed: '✗' }[hold as string];
  const at = hold === 'unhealed' ? healing : injecting;
  return html`<g
    >${title}${parts}${striped('mending', healing, healed, across)}<line
      class="onset"
      x1="${across.at(injecting)}"
      x2="${across.at(injecting)}"
      y1="${WORDS}"
      y2="${WORDS + BAND}"
    />${mark === undefined ? NOTHING : html`<text x="${across.at(at)}" dx="3" y="${WORDS + 10}" ${anchoring(at, span)}>${mark}</text>`}</g
  >`;
}

const box = (kind: string, from: number, to: number, { at, wide }: Across): Markup =>
  html`<rect class="${kind}" x="${at(from)}" y="${WORDS}" width="${wide(from, to)}" height="${BAND}" />`;

const striped = (kind: string, from: number, to: number, { at }: Across): Markup =>
  to <= from
    ? NOTHING
    : html`<line
        class="${kind}"
        x1="${at(from)}"
        x2="${at(to)}"
        y1="${WORDS + BAND / 2}"
        y2="${WORDS + BAND / 2}"
      />`;
