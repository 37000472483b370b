import type { Clause } from '../harness/contract/contract.ts';
import { isPrecondition, type Finding } from '../harness/judge/findings.ts';
import { counted, duration, onOneLine, shortened } from './legible.ts';
import { html, NOTHING, type Markup } from './markup.ts';
import {
  ofStanding,
  sentenceOf,
  standingOf,
  standingWords,
  wordFor,
  worstStanding,
  type Standing,
} from './standing.ts';

/** The findings of one standing under the clauses they speak for, with everything there is to know about each. */
export function inFull(
  title: string,
  standing: Standing,
  findings: readonly Finding[],
  clauses: readonly Clause[],
): Markup {
  const these = ofStanding(findings, standing);
  const byClause = [...Map.groupBy(these, ({ clause }) => clause)];
  const articles = byClause.map(([clause, within]) => {
    const level = (within[0]?.level ?? 'must').toUpperCase();
    const kept = findings.filter((finding) => finding.clause === clause && finding.outcome === 'pass').length;
    const others = kept === 0 ? '' : ` · ${counted(kept, 'other finding')} on it passed`;
    return html`<article class="clause ${tones[standing]}">
      <h3>${sentenceOf(clause, clauses)}</h3>
      <p class="soft">${level} · <code>${clause}</code>${others}</p>
      ${within.map(findingInFull)}
    </article>`;
  });
  return section(title, these.length, html`${articles}`);
}

function findingInFull(finding: Finding): Markup {
  const { id, reason, expected, actual, replica, reproduce, durationMs } = finding;
  const facts = Object.entries({ expected, actual, replica }).map(([name, text]) =>
    text === undefined
      ? NOTHING
      : html`<dt>${name}</dt>
          <dd class="verbatim">${value(text)}</dd>`,
  );
  return html`<div class="finding">
    <h4>
      ${word(standingOf(finding), wordFor(finding))} <code>${onOneLine(id)}</code>
      <span class="soft">${duration(durationMs)}</span>
    </h4>
    ${reason === undefined ? NOTHING : html`<div class="reason">${value(reason)}</div>`}
    <dl class="facts">${facts}</dl>
    <code class="command">${onOneLine(reproduce)}</code>
  </div>`;
}

/** What the signer claims it does not offer, and what else a run could not ask of it. */
export function inapplicable(findings: readonly Finding[]): Markup {
  const these = ofStanding(findings, 'not-applicable');
  const rows = these.map(({ id, clause, reason = '' }) => [withIdBelow(code(id), clause), value(reason)]);
  return section('Not applicable', these.length, table(['Finding', 'Why'], rows));
}

export function preconditions(findings: readonly Finding[]): Markup {
  const these = findings.filter(isPrecondition);
  const rows = these.map((finding) => [
    word(standingOf(finding), finding.outcome === 'pass' ? 'holds' : wordFor(finding)),
    code(finding.id),
    value(finding.reason ?? ''),
  ]);
  return section('Preconditions', these.length, table(['', 'What a verdict rests on', 'Evidence'], rows));
}

/** The contract from its first promise to its last, with what became of each. */
export function everyClause(findings: readonly Finding[], clauses: readonly Clause[]): Markup {
  const byClause = Map.groupBy(findings, ({ clause }) => clause);
  const rows = clauses.map(({ id, level, sentence, optional }) => {
    const about = byClause.get(id) ?? [];
    const standing = worstStanding(about);
    const rank = `${level.toUpperCase()}${optional === true ? ', optional' : ''}`;
    return [
      standing === undefined ? notJudged(level) : word(standing),
      html`${sentence}<span class="below">${code(id)} · ${rank} · ${counted(about.length, 'finding')}</span>`,
    ];
  });
  return section('Every clause', clauses.length, table(['', 'Clause'], rows));
}

/** A SHOULD that nothing spoke of is no matter; a MUST leaves the verdict open. */
const notJudged = (level: Clause['level']): Markup =>
  html`<span class="word ${level === 'must' ? 'doubt' : 'quiet'}">not judged</span>`;

export function everyFinding(findings: readonly Finding[]): Markup {
  const rows = findings.map((finding) => [
    word(standingOf(finding), wordFor(finding)),
    code(finding.id),
    code(finding.clause),
    html`<span class="took">${duration(finding.durationMs)}</span>`,
  ]);
  return section('Every finding', findings.length, table(['', 'Finding', 'Clause', 'Took'], rows));
}

/** A part of the page with its number of entries; without any it is not there. */
function section(title: string, count: number, inside: Markup): Markup {
  if (count === 0) return NOTHING;
  return html`<section>
    <h2>${title} <span class="count">${count}</span></h2>
    ${inside}
  </section>`;
}

function table(heads: readonly string[], rows: readonly (readonly Markup[])[]): Markup {
  const head = heads.map((text) => html`<th scope="col">${text}</th>`);
  const body = rows.map(
    (cells) =>
      html`<tr>
        ${cells.map((cell) => html`<td>${cell}</td>`)}
      </tr>`,
  );
  return html`<table class="list ${heads[0] === '' ? 'judged' : ''}">
    <thead>
      <tr>
        ${head}
      </tr>
    </thead>
    <tbody>
      ${body}
    </tbody>
  </table>`;
}

const tones: Readonly<Record<Standing, string>> = {
  broken: 'bad',
  'in-doubt': 'doubt',
  'not-met': 'doubt',
  undecided: 'doubt',
  'not-applicable': 'quiet',
  kept: 'good',
};

const word = (standing: Standing, text: string = standingWords[standing]): Markup =>
  html`<span class="word ${tones[standing]}">${text}</span>`;

const code = (text: string): Markup => html`<code>${onOneLine(text)}</code>`;

const withIdBelow = (above: Markup, id: string): Markup =>
  html`${above}<span class="below">${code(id)}</span>`;

const FOLD_AFTER = 600;
const CUT_AFTER = 50_000;

/** A value with its line breaks, or folded where it would push everything else off the page. */
function value(text: string): Markup {
  if (text.length <= FOLD_AFTER) return html`<span class="value">${text}</span>`;
  const start = onOneLine(shortened(text, FOLD_AFTER / 3));
  return html`<details>
    <summary>${start}</summary>
    <span class="value">${shortened(text, CUT_AFTER)}</span>
  </details>`;
}
