import type { Clause } from '../harness/contract/contract.ts';
import { isPrecondition, type Finding } from '../harness/judge/findings.ts';
import { code, section, table, tones, value, word } from './html-parts.ts';
import { counted, duration, onOneLine, shortened } from './legible.ts';
import { html, NOTHING, type Markup } from './markup.ts';
import type { Places } from './places.ts';
import {
  ofStanding,
  sentenceOf,
  sharedReasons,
  standingOf,
  wordFor,
  worstStanding,
  worthInFull,
  type Standing,
} from './standing.ts';

/** The findings of one standing under the clauses they speak for, with everything there is to know about each. */
export function inFull(
  title: string,
  standing: Standing,
  findings: readonly Finding[],
  clauses: readonly Clause[],
  places: Places,
): Markup {
  const these = ofStanding(findings, standing);
  const shared = sharedReasons(these);
  const told = new Set(shared.flatMap(({ alike }) => alike));
  const byClause = [
    ...Map.groupBy(
      these.filter((finding) => !told.has(finding)),
      ({ clause }) => clause,
    ),
  ];
  const articles = byClause.map(([clause, within]) => {
    const level = (within[0]?.level ?? 'must').toUpperCase();
    const kept = findings.filter((finding) => finding.clause === clause && finding.outcome === 'pass').length;
    const others = kept === 0 ? '' : ` · ${counted(kept, 'other finding')} on it passed`;
    return html`<article class="clause ${tones[standing]}">
      <h3>${sentenceOf(clause, clauses)}</h3>
      <p class="soft">${level} · <code>${clause}</code>${others}</p>
      ${within.map((finding, index) =>
        worthInFull(index, within.length)
          ? html`<div class="finding" id="${places.ofFinding(finding)}">
              ${findingInFull(finding, places)}
            </div>`
          : folded(finding, places),
      )}
    </article>`;
  });
  return section(
    title,
    these.length,
    html`${shared.map(({ reason, alike }) => forOneReason(reason, alike, tones[standing], places))}${articles}`,
  );
}

/** The place is inside, so that whoever is led there finds it open. */
const folded = (finding: Finding, places: Places): Markup =>
  html`<details class="finding">
    <summary>
      <code>${onOneLine(finding.id)}</code>
      <span class="soft">${onOneLine(shortened(finding.reason ?? finding.actual ?? '', 160))}</span>
    </summary>
    <div id="${places.ofFinding(finding)}">${findingInFull(finding, places)}</div>
  </details>`;

const forOneReason = (reason: string, alike: readonly Finding[], tone: string, places: Places): Markup =>
  html`<article class="clause ${tone}">
    <h3>${value(reason)}</h3>
    <details>
      <summary>${counted(alike.length, 'finding')} for this reason</summary>
      ${table(
        ['', 'Finding', 'Clause', 'What was seen'],
        alike.map((finding) => [
          html`<span id="${places.ofFinding(finding)}">${word(standingOf(finding), wordFor(finding))}</span>`,
          code(finding.id),
          code(finding.clause),
          value(finding.actual ?? ''),
        ]),
      )}
    </details>
  </article>`;

function findingInFull(finding: Finding, places: Places): Markup {
  const { id, reason, expected, actual, replica, reproduce, durationMs } = finding;
  const facts = Object.entries({ expected, actual, replica }).map(([name, text]) =>
    text === undefined
      ? NOTHING
      : html`<dt>${name}</dt>
          <dd class="verbatim">${value(text)}</dd>`,
  );
  const place = places.onTimeline(finding);
  const link =
    place === undefined ? NOTHING : html`<p class="place"><a href="#${place.anchor}">${place.words}</a></p>`;
  return html`<h4>
      ${word(standingOf(finding), wordFor(finding))} <code>${onOneLine(id)}</code>
      <span class="soft">${duration(durationMs)}</span>
    </h4>
    ${reason === undefined ? NOTHING : html`<div class="reason">${value(reason)}</div>`}
    <dl class="facts">${facts}</dl>
    ${link}
    <code class="command">${onOneLine(reproduce)}</code>`;
}

/** What the signer claims it does not offer, and what else a run could not ask of it. */
export function inapplicable(findings: readonly Finding[], places: Places): Markup {
  const these = ofStanding(findings, 'not-applicable');
  const rows = these.map((finding) => [
    html`<span id="${places.ofFinding(finding)}">${withIdBelow(code(finding.id), finding.clause)}</span>`,
    value(finding.reason ?? ''),
  ]);
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

export function everyFinding(findings: readonly Finding[], places: Places): Markup {
  const rows = findings.map((finding) => [
    word(standingOf(finding), wordFor(finding)),
    // What is told in full nowhere is found here.
    finding.outcome === 'pass'
      ? html`<span id="${places.ofFinding(finding)}">${code(finding.id)}</span>`
      : code(finding.id),
    code(finding.clause),
    html`<span class="took">${duration(finding.durationMs)}</span>`,
  ]);
  return section('Every finding', findings.length, table(['', 'Finding', 'Clause', 'Took'], rows));
}

const withIdBelow = (above: Markup, id: string): Markup =>
  html`${above}<span class="below">${code(id)}</span>`;
