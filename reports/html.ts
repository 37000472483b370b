import { outcomes, type FindingsFile, type Outcome } from '../harness/judge/findings.ts';
import { everyClause, everyFinding, inapplicable, inFull, preconditions } from './html-findings.ts';
import { style } from './html-style.ts';
import { counted, duration, onOneLine } from './legible.ts';
import { html, Markup, NOTHING } from './markup.ts';
import type { Results } from './results.ts';
import type { RunRecord } from './run-record.ts';
import { verdictWords, type VerdictWords } from './verdict.ts';

/** report.html: one file for people, from the verdict down to every finding. It loads nothing and runs nothing. */
export function renderHtml({ record, findings: file, clauses }: Results): string {
  const words = verdictWords(file, clauses);
  const { findings } = file;
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
          ${judged(record)} ${inFull('Failed', 'broken', findings, clauses)}
          ${inFull('In doubt', 'in-doubt', findings, clauses)}
          ${inFull('SHOULD, not met', 'not-met', findings, clauses)}
          ${inFull('SHOULD, undecided', 'undecided', findings, clauses)} ${inapplicable(findings)}
          ${preconditions(findings)} ${everyClause(findings, clauses)} ${everyFinding(findings)}
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

function banner(record: RunRecord, { headline, next, tone }: VerdictWords): Markup {
  return html`<div class="verdict ${tone}">
    <p class="kicker">keydrill · ${record.contract} · ${record.signer.name}</p>
    <h1>${headline}</h1>
    <p class="next">${next}</p>
    ${record.trouble === undefined ? NOTHING : html`<p class="next">What ended it: ${record.trouble}</p>`}
  </div>`;
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
    Environment: `${environment.name} on ${platform} ${arch} with ${counted(cores, 'core')}${within}`,
    Versions: listed({ keydrill: run.tool.version, Node: node, ...programs }),
    Images: listed(images),
    When: `${moment(run.startedAt)} to ${moment(run.finishedAt)}`,
    Took: `${duration(run.durationMs)}${waits}`,
    Seed: String(run.seed),
    Command: html`<code>keydrill ${run.command.map(onOneLine).join(' ')}</code>`,
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

const listed = (versions: Readonly<Record<string, string>>): string =>
  Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');

const moment = (iso: string): string => iso.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC');
