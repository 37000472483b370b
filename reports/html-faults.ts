import type { Clause } from '../harness/contract/contract.ts';
import type { Finding } from '../harness/judge/findings.ts';
import { bandInWords, holdOf, type Hold } from './band.ts';
import { askedInWords, faultLegend, ordealTimeline, runTimeline } from './fault-timeline.ts';
import { code, section, table, tones, value, word } from './html-parts.ts';
import { counted, onOneLine } from './legible.ts';
import { html, NOTHING, type Markup } from './markup.ts';
import type { Places } from './places.ts';
import { shortWords, standingOf, worstStanding, wordFor } from './standing.ts';
import {
  clausesUnderFaults,
  faultsByVerdict,
  measuredUnder,
  recoveryInWords,
  tookHold,
  type Ordeal,
  type Suffered,
  type SufferedAndFound,
} from './suffered.ts';

/** What was broken on purpose: over the whole run, against every clause, and one by one. */
export function faultsSuffered(
  suffered: readonly Suffered[],
  findings: readonly Finding[],
  clauses: readonly Clause[],
  places: Places,
): Markup {
  const faults = faultsByVerdict(suffered, findings);
  const topologies = new Set(suffered.flatMap(({ ordeals }) => ordeals.map(({ band }) => band.topology)));
  const timelines = [...topologies].map(
    (topology, index) =>
      html`<h3 class="axis">On topology ${onOneLine(topology)}</h3>
        ${runTimeline(topology, suffered, `faults-${index + 1}`)}`,
  );
  return section(
    'Faults',
    faults.length,
    html`${timelines} ${faultLegend} ${matrix(faults, clausesUnderFaults(faults, clauses), places)}
    ${measurements(faults)} ${faults.map((fault) => oneFault(fault, places))}`,
  );
}

/** Fault by clause: the worst that any case found, leading to where it is told. */
function matrix(faults: readonly SufferedAndFound[], clauses: readonly string[], places: Places): Markup {
  const rows = faults.map(({ fault, findings, standing }) => [
    judgedAs(standing),
    html`<a href="#${places.ofFault(fault)}">${code(fault)}</a>`,
    ...clauses.map((clause) => {
      const about = findings.filter((finding) => finding.clause === clause);
      return html`<span class="figure ${about.length === 0 ? 'unspoken' : ''}"
        ><span class="label">${onOneLine(clause)} </span>${cell(about, places)}</span
      >`;
    }),
  ]);
  return table(['', 'Fault', ...clauses.map(onOneLine)], rows, 'matrix');
}

function cell(findings: readonly Finding[], places: Places): Markup {
  const standing = worstStanding(findings);
  const finding = findings.find((each) => standingOf(each) === standing);
  if (standing === undefined || finding === undefined) return html`<span class="soft">–</span>`;
  return html`<a class="word ${tones[standing]}" href="#${places.ofFinding(finding)}"
    >${shortWords[standing]}</a
  >`;
}

const judgedAs = (standing: SufferedAndFound['standing']): Markup =>
  standing === undefined ? html`<span class="word doubt">not judged</span>` : word(standing);

/** What passed and was measured all the same, the risk that is left among it. */
const measurements = (faults: readonly SufferedAndFound[]): Markup =>
  table(
    ['Fault', 'Took hold', 'What was measured', 'Let in again'],
    faults.map((fault) => [
      html`${code(fault.fault)}${sentence(fault)}`,
      html`${tookHold(fault)}${testimony(fault)}`,
      html`${measuredUnder(fault).map(
        ({ clause, actual }) =>
          html`<div class="measured">${value(actual)} <span class="soft">${onOneLine(clause)}</span></div>`,
      )}`,
      html`<span class="figure"><span class="label">let in again </span>${recoveryInWords(fault)}</span>`,
    ]),
    'took-hold',
  );

const sentence = ({ ordeals }: Suffered): Markup => {
  const told = ordeals[0]?.band.sentence;
  return told === undefined ? NOTHING : html` <span class="below">${onOneLine(told)}</span>`;
};

/** More than these are in the fold of their fault. */
const WITNESSES = 3;

/** What witnesses said, those first who saw what should not be. */
function testimony({ ordeals }: Suffered): Markup {
  const bands = ordeals
    .map(({ band }) => band)
    .toSorted((a, b) => doubts.indexOf(holdOf(a)) - doubts.indexOf(holdOf(b)));
  const said = [...new Set(bands.map(({ unhealed, evidence }) => unhealed ?? evidence))];
  const more = said.length - WITNESSES;
  return html`${said.slice(0, WITNESSES).map((words) => html` <span class="below">${value(words)}</span>`)}${more > 0 ? html` <span class="below">and ${more} more</span>` : NOTHING}`;
}

const doubts: readonly Hold[] = ['unhealed', 'unwitnessed', 'never', 'in-force'];

/** Folded unless there is something to look for in it. */
function oneFault(fault: SufferedAndFound, places: Places): Markup {
  const { ordeals, findings, standing } = fault;
  const id = places.ofFault(fault.fault);
  const open = standing !== 'kept' && standing !== 'not-applicable';
  const drawings = ordeals.map(
    (ordeal, index) =>
      html`<div class="ordeal">
        ${drawing(ordeal, `${id}-${index + 1}`, places)}
        <p class="soft note">${bandInWords(ordeal.band, 0)}.${asked(ordeal)}</p>
      </div>`,
  );
  return html`<details class="course" id="${id}" ${open ? html` open` : NOTHING}>
    <summary>
      ${judgedAs(standing)} ${code(fault.fault)}
      <span class="below"
        >injected ${counted(ordeals.length, 'time')} · ${counted(findings.length, 'finding')}</span
      >
    </summary>
    ${drawings} ${concluded(findings, places)}
  </details>`;
}

/** What a course went through stands on the timeline of that course. */
function drawing(ordeal: Ordeal, id: string, places: Places): Markup {
  const course = ordeal.case === undefined ? undefined : places.courseOf(ordeal.case);
  if (course !== undefined)
    return html`<p class="place">
      <a href="#${course}">See it on the timeline of ${onOneLine(ordeal.case ?? '')}</a>
    </p>`;
  return ordeal.to > ordeal.from ? ordealTimeline(ordeal, id) : NOTHING;
}

function asked({ asked: all, band }: Ordeal): Markup {
  const doors = [...Map.groupBy(all, ({ at }) => at)];
  return html`${doors.map(([door, these]) => html` ${onOneLine(door)}: ${askedInWords(these, band)}.`)}`;
}

function concluded(findings: readonly Finding[], places: Places): Markup {
  if (findings.length === 0) return NOTHING;
  const rows = findings.map((finding) => [
    html`<a class="word ${tones[standingOf(finding)]}" href="#${places.ofFinding(finding)}"
      >${wordFor(finding)}</a
    >`,
    html`${code(finding.clause)} <span class="below">${code(finding.id)}</span>`,
    html`${value(finding.actual ?? finding.reason ?? '')}`,
  ]);
  return table(['', 'Clause', 'What was seen'], rows);
}
