import type { Finding } from '../harness/judge/findings.ts';
import { bandInWords } from './band.ts';
import { wayOf, type Course, type Drill, type RehearsedProcedure } from './drill.ts';
import { code, section, table, value, word } from './html-parts.ts';
import { counted, duration, moments, onOneLine } from './legible.ts';
import { html, NOTHING, type Markup } from './markup.ts';
import {
  byVerdict,
  coursesInWords,
  deathInWords,
  deathsOf,
  gapInWords,
  measured,
  refusalsInWords,
  type Measured,
} from './measured.ts';
import { WRONGS_SHOWN, type Places } from './places.ts';
import { standingOf, wordFor, type Standing } from './standing.ts';
import { spellInWords, stepName, stepNumber, timelineOf } from './timeline.ts';
import { wrongsInWords, wrongsOf } from './wrongs.ts';

/** What was rehearsed, at a glance. */
export function rehearsed(drill: Drill, findings: readonly Finding[], places: Places): Markup {
  const procedures = byVerdict(drill, findings);
  const rows = procedures.map(({ came, ...procedure }) => [
    worded(came.standing),
    html`<a href="#${places.ofProcedure(procedure.id)}">${code(procedure.id)}</a
      ><span class="below">${coursesInWords(procedure)}, ${duration(came.durationMs)}</span>`,
    figure('honest, not served', refusalsInWords(came)),
    figure('longest gap', gapInWords(came)),
    figure('removed, still let in', deathInWords(came.death)),
  ]);
  const heads = ['', 'Procedure', 'Honest requests not served', 'Longest gap', 'Removed, still let in for'];
  return section(
    'Rehearsed',
    procedures.length,
    html`${table(heads, rows, 'figures')}
      <p class="soft note">${keptSchedule(drill)}</p>`,
  );
}

/** Procedure by procedure, with every course on its timeline. */
export const rehearsals = (drill: Drill, findings: readonly Finding[], places: Places): Markup =>
  html`${legend}
  ${byVerdict(drill, findings).map((procedure) => inCourses(procedure, procedure.came, findings, places))}`;

const worded = (standing: Standing | undefined): Markup =>
  standing === undefined ? html`<span class="word doubt">not judged</span>` : word(standing);

/** On a narrow page, where a table has no head, a figure brings its name. */
const figure = (name: string, text: string): Markup =>
  html`<span class="figure"><span class="label">${name} </span>${text}</span>`;

function keptSchedule({ schedule: { sent, answered, dropped, lagMs, latencyMs } }: Drill): string {
  const of = ({ p50, p99, max }: typeof lagMs): string =>
    `${duration(p50)} in the middle, ${duration(p99)} at the 99th percentile, ${duration(max)} at most`;
  return `${counted(sent, 'request')} sent, ${answered} answered, ${dropped} dropped. Written after they were due: ${of(lagMs)}. Answered after they were due: ${of(latencyMs)}.`;
}

const legend = html`<section class="legend">
  <h2>How to read a timeline</h2>
  <ul>
    <li>
      <svg width="34" height="14"><rect class="in" width="34" height="14" /></svg> rises: requests let in
    </li>
    <li>
      <svg width="34" height="14"><rect class="out" width="34" height="14" /></svg> hangs: requests refused
    </li>
    <li>
      <svg width="34" height="14"><rect class="none" width="34" height="14" /></svg> hangs: no answer, which
      shows nothing
    </li>
    <li>
      <svg width="34" height="14">
        <g class="wrong">
          <rect width="34" height="14" />
          <text x="8" y="12">▼1</text>
        </g>
      </svg>
      numbered: let in or refused and no right verdict fits, or not served
    </li>
    <li>
      <svg width="34" height="14"><rect class="band forward" width="34" height="14" /></svg> a step under way,
      by its number; ↩ is the way back
    </li>
    <li>
      <svg width="34" height="18"><rect class="held" width="34" height="18" /></svg> what a replica holds,
      <svg width="34" height="18"><line class="either" x2="34" y1="9" y2="9" /></svg> old or new
    </li>
    <li>
      <svg width="34" height="6"><line class="window" x2="34" y1="3" y2="3" /></svg> a declared window: we
      restart it
    </li>
  </ul>
</section>`;

function inCourses(
  procedure: RehearsedProcedure,
  came: Measured,
  findings: readonly Finding[],
  places: Places,
): Markup {
  return html`<section class="procedure">
    <h2 id="${places.ofProcedure(procedure.id)}">
      ${onOneLine(procedure.id)} <span class="count">${coursesInWords(procedure)}</span>
    </h2>
    <p class="soft note">${worded(came.standing)} · ${inFigures(came)}</p>
    ${procedure.courses.map((course) => oneCourse(course, measured([course], findings), places))}
  </section>`;
}

function inFigures(came: Measured): Markup {
  const { death } = came;
  const parts = [
    duration(came.durationMs),
    `${refusalsInWords(came)} honest requests not served`,
    ...(came.longestGapMs === 0 ? [] : [`longest gap ${gapInWords(came)}`]),
    ...(death === undefined ? [] : [`removed credential let in for ${deathInWords(death)}`]),
  ];
  const wrong = came.wrong === 0 ? NOTHING : html` · <b class="bad word">${came.wrong} wrong</b>`;
  return html`${parts.join(' · ')}${wrong}`;
}

/** Folded unless there is something to look for in it. */
function oneCourse(course: Course, came: Measured, places: Places): Markup {
  const open = came.standing !== 'kept' && came.standing !== undefined && course.steps.length > 0;
  const inside =
    course.to > course.from
      ? html`${timelineOf(course, places)} ${casualties(course)} ${wrongList(course, places)}
          ${conclusions(came, places)}
          <details class="more">
            <summary>In figures</summary>
            ${credentials(course)} ${steps(course)} ${deaths(course)} ${holdings(course)}
          </details>`
      : html`<p class="soft">It did not run.</p>
          ${conclusions(came, places)}`;
  return html`<details class="course" id="${places.ofCourse(course.id)}" ${open ? html` open` : NOTHING}>
    <summary>
      ${worded(came.standing)} <span class="way">${wayOf(course)}</span>
      <span class="below">${code(course.id)} · ${inFigures(came)}</span>
    </summary>
    ${inside}
  </details>`;
}

function casualties(course: Course): Markup {
  const rows = course.casualties.map(({ replica = '', what, from }) => [
    html`<span class="word bad">✗ lost</span>`,
    html`${onOneLine(replica)}: ${onOneLine(what)}`,
    html`${moments(from - course.from)}`,
  ]);
  return rows.length === 0 ? NOTHING : table(['', 'A replica that did not survive its change', 'When'], rows);
}

function wrongList(course: Course, places: Places): Markup {
  const wrongs = wrongsOf(course);
  if (wrongs.length === 0) return NOTHING;
  const shown = wrongs.slice(0, WRONGS_SHOWN);
  const rows = shown.map(({ credential, counts, from, to, firstBy, clauses }, index) => {
    const step = course.steps.findLast((each) => each.from < firstBy);
    return [
      html`<a class="word bad" href="#${places.ofWrong(course.id, index + 1)}">▼${index + 1}</a>`,
      html`${wrongsInWords(counts)}: ${onOneLine(credential)}
        <span class="below">${clauses.map((clause) => html`${code(clause)} `)}</span>`,
      html`${moments(from - course.from, to - course.from)}`,
      html`${step === undefined ? 'before the first step' : stepName(step)}`,
    ];
  });
  const more = wrongs.length - shown.length;
  return html`${table(['', 'What went wrong', 'When', 'From which step on'], rows, 'wrongs')}${more === 0 ? NOTHING : html`<p class="soft note">and ${more} more, later</p>`}`;
}

function conclusions({ findings }: Measured, places: Places): Markup {
  const rows = findings.map((finding) => [
    word(standingOf(finding), wordFor(finding)),
    toldInFull(finding)
      ? html`<a href="#${places.ofFinding(finding)}">${code(finding.clause)}</a>`
      : code(finding.clause),
    seen(finding),
  ]);
  const again = findings.find(toldInFull)?.reproduce;
  return rows.length === 0
    ? NOTHING
    : html`${table(['', 'Clause', 'What was seen'], rows)}${again === undefined ? NOTHING : html`<code class="command">${onOneLine(again)}</code>`}`;
}

const seen = ({ replica, expected, actual = '' }: Finding): Markup =>
  html`${replica === undefined ? '' : `${onOneLine(replica)}: `}${value(actual)}${expected === undefined ? NOTHING : html`<span class="below">expected ${value(expected)}</span>`}`;

/** Whether the finding stands elsewhere on the page with all that is to be said of it. */
const toldInFull = ({ outcome }: Finding): boolean => outcome !== 'pass' && outcome !== 'not-applicable';

function credentials({ tally }: Course): Markup {
  const rows = (tally?.credentials ?? []).map(({ credential, honest, counts }) => [
    html`${onOneLine(credential)}${honest ? html`<span class="below">honest clients</span>` : NOTHING}`,
    figure('let in', String(counts.accepted)),
    figure('refused', String(counts.refused)),
    figure('wrongly let in', String(counts.wronglyAccepted)),
    figure('wrongly refused', String(counts.wronglyRefused)),
    figure('not served', String(counts.unserved)),
    figure('unknown', String(counts.unknown)),
  ]);
  const heads = [
    'Credential',
    'let in',
    'refused',
    'wrongly let in',
    'wrongly refused',
    'not served',
    'unknown',
  ];
  return table(heads, rows, 'numbers');
}

function steps(course: Course): Markup {
  const rows = course.steps.map((step) => [
    html`${stepNumber(step)}`,
    html`${step.sentence}<span class="below"
        >${code(step.step)}${step.unfinished ? ' · one replica alone' : ''} · runbook
        ${step.runbook.map(onOneLine).join(', ')}</span
      >`,
    html`${moments(step.from - course.from, step.to - course.from)}`,
  ]);
  return rows.length === 0 ? NOTHING : table(['Step', 'What was done', 'When'], rows);
}

function deaths({ tally }: Course): Markup {
  const rows = (tally === undefined ? [] : deathsOf(tally)).map((death) => [
    html`${onOneLine(death.credential)}`,
    html`${onOneLine(death.replica)}, ${death.mode} connections`,
    html`${deathInWords(death)}`,
  ]);
  return rows.length === 0 ? NOTHING : table(['Removed', 'Where', 'Last let in after'], rows);
}

function holdings(course: Course): Markup {
  const rows = course.lanes.map(({ replica, what, spells }) => [
    html`${onOneLine(replica)}, ${onOneLine(what)}`,
    html`${spells.map((spell) => `${moments(spell.from - course.from)} ${spellInWords(spell)}`).join('; ')}`,
  ]);
  const windows = course.windows.map(({ what, replica = '', from, to }) => [
    html`${onOneLine(replica)}`,
    html`${moments(from - course.from, to - course.from)}: ${onOneLine(what)}`,
  ]);
  const faults = course.faults.map((band) => [html`fault`, html`${bandInWords(band, course.from)}`]);
  const all = [...rows, ...windows, ...faults];
  return all.length === 0 ? NOTHING : table(['Where', 'From when what is held or done'], all);
}
