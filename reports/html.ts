import { outcomes, type FindingsFile, type Outcome } from '../harness/judge/findings.ts';
import { rehearsals, rehearsed } from './html-drill.ts';
import { faultsSuffered } from './html-faults.ts';
import { everyClause, everyFinding, inapplicable, inFull, preconditions } from './html-findings.ts';
import { style } from './html-style.ts';
import { counted, duration, onOneLine } from './legible.ts';
import { html, Markup, NOTHING } from './markup.ts';
import { placesOf } from './places.ts';
import { explored } from './html-exploration.ts';
import { kindOf, type Results } from './results.ts';
import type { RunRecord } from './run-record.ts';
import { verdictWords, type VerdictWords } from './verdict.ts';

/** report.html: one file for people, from the verdict down to every finding. It loads nothing and runs nothing. */
export function renderHtml({
  record,
  findings: file,
  clauses,
  drill,
  suffered = [],
  exploration,
}: Results): string {
  const words = verdictWords(file, clauses, kindOf({ drill, exploration }));
  const { findings } = file;
  const places = placesOf(findings, drill, suffered);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${words.headline} · ${record.signer.name} · keydrill</title>
        <style>
          ${new Markup(style)}
        </style>
      </head>
      <body>
        <header>${banner(record, words)}${totalsTable(file)}</header>
        <main>
          ${drill ? rehearsed(drill, findings, places) : judged(record)}
          ${exploration ? explored(exploration) : NOTHING}
          ${inFull('Failed', 'broken', findings, clauses, places)}
          ${inFull('In doubt', 'in-doubt', findings, clauses, places)}
          ${inFull('SHOULD, not met', 'not-met', findings, clauses, places)}
          ${inFull('SHOULD, undecided', 'undecided', findings, clauses, places)}
          ${faultsSuffered(suffered, findings, clauses, places)}
          ${drill ? html`${judged(record)}${rehearsals(drill, findings, places)}` : NOTHING}
          ${inapplicable(findings, places)} ${preconditions(findings)}
          ${everyClause(findings, spokenOf(file, clauses, drill ?? exploration))}
          ${everyFinding(findings, places)}
        </main>
        <footer>
          <p>
            Everything on this page is in <a href="findings.json">findings.json</a> and
            <a href="run.json">run.json</a> beside it, and what it rests on in
            <a href="history.jsonl">history.jsonl</a>.
          </p>
        </footer>
      </body>
    </html>`;
  return `${page.text}\n`;
}

/** A drill judges what a rotation may break, an exploration what it comes upon, a gate the whole contract. */
function spokenOf(
  { findings }: FindingsFile,
  clauses: Results['clauses'],
  some: Results['drill'] | Results['exploration'],
) {
  if (some === undefined) return clauses;
  const judgedClauses = new Set(findings.map(({ clause }) => clause));
  return clauses.filter(({ id }) => judgedClauses.has(id));
}

function banner(record: RunRecord, { headline, next, tone }: VerdictWords): Markup {
  return html`<div class="verdict ${tone}">
    <p class="kicker">keydrill · ${record.contract} · ${record.signer.name}</p>
    <h1>${headline}</h1>
    <p class="next">${next}</p>
    ${held(record)}
    ${record.trouble === undefined ? NOTHING : html`<p class="next">What ended it: ${record.trouble}</p>`}
  </div>`;
}

function held({ operator, reason, startedAt, durationMs, seed }: RunRecord): Markup {
  if (operator === undefined && reason === undefined) return NOTHING;
  const who = `Held${operator === undefined ? '' : ` by ${operator}`}${reason === undefined ? '' : `: ${reason}`}`;
  return html`<p class="kicker">${who} · ${moment(startedAt)} · ${duration(durationMs)} · seed ${seed}</p>`;
}

function totalsTable({ totals }: FindingsFile): Markup {
  return html`<table class="totals">
    <thead>
      <tr>
        <th></th>
        <th scope="col">passed</th>
        <th scope="col">failed</th>
        <th scope="col">in doubt</th>
        <th scope="col">not applicable</th>
        <th scope="col">error</th>
      </tr>
    </thead>
    <tbody>
      ${totalsRow('MUST', totals.must)}${totalsRow('SHOULD', totals.should)}
    </tbody>
  </table>`;
}

const totalsRow = (name: string, counts: FindingsFile['totals']['must']): Markup =>
  html`<tr>
    <th scope="row">${name}</th>
    ${outcomes.map((outcome) => countCell(outcome, counts[outcome]))}
  </tr>`;

const countCell = (outcome: Outcome, count: number): Markup =>
  html`<td class="${count === 0 ? 'none' : outcomeTones[outcome]}">${count}</td>`;

const outcomeTones: Readonly<Record<Outcome, string>> = {
  pass: 'good',
  fail: 'bad',
  inconclusive: 'doubt',
  'not-applicable': 'quiet',
  error: 'doubt',
};

function judged({ signer, environment, topologies, ...run }: RunRecord): Markup {
  const { platform, arch, cores, node, programs, images } = environment;
  const within = topologies.length === 0 ? '' : `; topologies ${topologies.join(', ')}`;
  const waits = run.waitsMs === 0 ? '' : `, ${duration(run.waitsMs)} of it waits that the contract defines`;
  const facts: Readonly<Record<string, string | Markup>> = {
    Signer: html`${signer.name}, by <code>${signer.adapter}</code>`,
    Contract: run.contract,
    'Held by': run.operator ?? '',
    Reason: run.reason ?? '',
    Environment: `${environment.name} on ${platform} ${arch} with ${counted(cores, 'core')}${within}`,
    Versions: listed({ keydrill: run.tool.version, Node: node, ...programs }),
    Images: listed(images),
    When: `${moment(run.startedAt)} to ${moment(run.finishedAt)}`,
    Took: `${duration(run.durationMs)}${waits}`,
    Seed: String(run.seed),
    Command: html`<code>keydrill ${run.command.map(asWord).join(' ')}</code>`,
    'Run again': html`<code class="command">${onOneLine(run.reproduce)}</code>`,
    Adapter: html`sha256 <code>${signer.adapterDigest}</code>`,
    Configuration: html`sha256 <code>${signer.configurationDigest}</code>`,
  };
  const rows = Object.entries(facts).filter(([, fact]) => fact !== '');
  return html`<section>
    <h2>What was judged</h2>
    <dl class="facts">
      ${rows.map(
        ([name, fact]) =>
          html`<dt>${name}</dt>
            <dd>${fact}</dd>`,
      )}
    </dl>
  </section>`;
}

/** One word of a command line, as whoever copies it would have to write it. */
const asWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${onOneLine(word).replaceAll("'", String.raw`'\''`)}'`;

const listed = (versions: Readonly<Record<string, string>>): string =>
  Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');

const moment = (iso: string): string => iso.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC');
