import type { Clause } from '../harness/contract/contract.ts';
import { outcomes, type Finding, type FindingsFile } from '../harness/judge/findings.ts';
import type { Drill } from './drill.ts';
import { counted, duration, legible, onOneLine, shortened } from './legible.ts';
import { byVerdict, coursesInWords, deathInWords, gapInWords, refusalsInWords } from './measured.ts';
import type { Exploration } from './exploration.ts';
import { made, storyLines } from './exploration-lines.ts';
import { kindOf, type Results } from './results.ts';
import {
  ofStanding,
  sentenceOf,
  sharedReasons,
  shortWords,
  standingWords,
  worstStanding,
  worthInFull,
  type Standing,
} from './standing.ts';
import {
  clausesUnderFaults,
  faultsByVerdict,
  measuredUnder,
  recoveryInWords,
  tookHold,
  type SufferedAndFound,
} from './suffered.ts';
import { unjudged, verdictWords, type VerdictWords } from './verdict.ts';

/** GitHub drops a job summary of more than this many bytes without a word. */
export const SUMMARY_LIMIT = 1024 * 1024;

/** summary.md: what a job summary shows to an engineer who has a minute. */
export function renderSummary({
  record,
  findings: file,
  clauses,
  drill,
  suffered = [],
  exploration,
}: Results): string {
  const { findings } = file;
  const words = verdictWords(file, clauses, kindOf({ drill, exploration }));
  const fully = (finding: Finding): string => inFull(finding, clauses);
  return withinLimit([
    `# ${mark[words.tone]} ${words.headline}\n`,
    `**${words.next}**\n`,
    ...(record.trouble === undefined ? [] : [`What ended it: ${prose(record.trouble)}\n`]),
    `Signer ${code(record.signer.name)} · environment ${code(record.environment.name)} · seed ${record.seed} · ${duration(record.durationMs)} · keydrill ${prose(record.tool.version)}\n`,
    ...heldBy(record),
    totalsTable(file),
    ...(drill === undefined ? [] : [rehearsed(drill, findings)]),
    ...section('Failed', findings, 'broken', fully),
    ...doubts(findings),
    ...section('SHOULD, not met', findings, 'not-met', fully),
    ...section('SHOULD, undecided', findings, 'undecided', onOneBullet),
    ...underFaults(faultsByVerdict(suffered, findings), clauses),
    ...(exploration === undefined ? [] : explored(exploration)),
    ...section('Not applicable', findings, 'not-applicable', onOneBullet),
    ...(drill === undefined && exploration === undefined ? notJudged(unjudged(findings, clauses)) : []),
    `## The whole run again\n\n${commandBlock(record.reproduce)}`,
  ]);
}

const mark: Readonly<Record<VerdictWords['tone'], string>> = { good: '✓', bad: '✗', doubt: '?' };

function totalsTable({ totals }: FindingsFile): string {
  return [
    '| | passed | failed | in doubt | not applicable | error |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    totalsRow('MUST', totals.must),
    totalsRow('SHOULD', totals.should),
    '',
  ].join('\n');
}

const totalsRow = (name: string, counts: FindingsFile['totals']['must']): string =>
  `| ${name} | ${outcomes.map((outcome) => counts[outcome]).join(' | ')} |`;

const heldBy = ({ operator, reason }: Results['record']): string[] =>
  operator === undefined && reason === undefined
    ? []
    : [
        `${['Held', ...(operator === undefined ? [] : [`by ${prose(operator)}`])].join(' ')}${reason === undefined ? '' : `: ${prose(reason)}`}\n`,
      ];

/** What was played, and the story of each schedule that is as small as can be. */
function explored(exploration: Exploration): string[] {
  const { shrunk, faults } = exploration;
  return [
    `## Explored\n\n${made(exploration)
      .map((text) => `- ${prose(text)}\n`)
      .join('')}`,
    ...(faults.size === 0
      ? []
      : [
          [
            '| fault | injected | witnessed |',
            '| --- | ---: | ---: |',
            ...[...faults].map(
              ([name, tally]) => `| ${code(name)} | ${tally.injected} | ${tally.witnessed} |`,
            ),
            '',
          ].join('\n'),
        ]),
    ...shrunk.map((each) => `### ${code(each.case)}, as small as can be\n\n${textBlock(storyLines(each))}`),
  ];
}

/** Procedure by procedure with what was measured. */
function rehearsed(drill: Drill, findings: readonly Finding[]): string {
  const rows = byVerdict(drill, findings).map(({ came, ...procedure }) =>
    [
      came.standing === undefined ? 'not judged' : standingWords[came.standing],
      code(procedure.id),
      coursesInWords(procedure),
      String(came.wrong),
      refusalsInWords(came),
      gapInWords(came),
      deathInWords(came.death),
    ].join(' | '),
  );
  return [
    `## Rehearsed (${rows.length})\n`,
    '| | procedure | | wrong | honest requests not served | longest gap | removed, still let in for |',
    '| --- | --- | --- | ---: | ---: | ---: | ---: |',
    ...rows.map((row) => `| ${row} |`),
    '',
  ].join('\n');
}

/** Fault by clause, with what was measured where it passed. */
function underFaults(faults: readonly SufferedAndFound[], clauses: readonly Clause[]): string[] {
  if (faults.length === 0) return [];
  const columns = clausesUnderFaults(faults, clauses);
  const rows = faults.map((each) =>
    [
      each.standing === undefined ? 'not judged' : standingWords[each.standing],
      code(each.fault),
      ...columns.map((clause) => {
        const standing = worstStanding(each.findings.filter((finding) => finding.clause === clause));
        return standing === undefined ? '–' : shortWords[standing];
      }),
      prose(tookHold(each)),
      measuredUnder(each)
        .map(({ clause, actual }) => `${value(actual)} (${code(clause)})`)
        .join('; '),
      recoveryInWords(each),
    ].join(' | '),
  );
  const heads = ['', 'fault', ...columns.map(code), 'took hold', 'measured', 'let in again'];
  return [
    [
      `## Faults (${faults.length})\n`,
      `| ${heads.join(' | ')} |`,
      `|${' --- |'.repeat(heads.length)}`,
      ...rows.map((row) => `| ${row} |`),
      '',
    ].join('\n'),
  ];
}

function section(
  title: string,
  findings: readonly Finding[],
  standing: Standing,
  entry: (finding: Finding) => string,
): string[] {
  const these = ofStanding(findings, standing);
  if (these.length === 0) return [];
  const byClause = [...Map.groupBy(these, ({ clause }) => clause).values()];
  return [
    `## ${title} (${these.length})\n`,
    ...byClause.flatMap((within) =>
      within.map((finding, index) => (worthInFull(index, within.length) ? entry : onOneBullet)(finding)),
    ),
  ];
}

/** More names than these are for report.html. */
const NAMED = 12;

function doubts(findings: readonly Finding[]): string[] {
  const these = ofStanding(findings, 'in-doubt');
  if (these.length === 0) return [];
  const shared = sharedReasons(these);
  const told = new Set(shared.flatMap(({ alike }) => alike));
  return [
    `## In doubt (${these.length})\n`,
    ...shared.map(({ reason, alike }) => {
      const ids = new Set(alike.map(({ id }) => id));
      const more = ids.size - NAMED;
      const named = [...ids].slice(0, NAMED).map(code).join(', ');
      return `- ${value(reason)}: ${counted(alike.length, 'finding')}, ${named}${more > 0 ? ` and ${more} more` : ''}\n`;
    }),
    ...these.filter((finding) => !told.has(finding)).map(onOneBullet),
  ];
}

function notJudged(clauses: readonly Clause[]): string[] {
  if (clauses.length === 0) return [];
  return [
    `## MUST clauses not judged in this run (${clauses.length})\n`,
    clauses.map(({ id, sentence }) => `- ${code(id)} ${prose(sentence)}\n`).join(''),
  ];
}

function inFull(finding: Finding, clauses: readonly Clause[]): string {
  const { id, clause, replica, expected, actual, reason, reproduce } = finding;
  const facts = { reason, replica, expected, actual };
  return [
    `### ${code(id)}\n`,
    `${prose(sentenceOf(clause, clauses))} (${code(clause)})\n`.trimStart(),
    ...Object.entries(facts).flatMap(([name, text]) =>
      text === undefined ? [] : [`- ${name}: ${name === 'reason' ? value(text) : value(text, code)}`],
    ),
    '',
    commandBlock(reproduce),
  ].join('\n');
}

function onOneBullet({ id, clause, reason, expected, actual, replica }: Finding): string {
  const more = [
    ...(replica === undefined ? [] : [`at ${code(replica)}`]),
    ...(expected === undefined ? [] : [`expected ${value(expected, code)}`]),
    ...(actual === undefined ? [] : [`got ${value(actual, code)}`]),
  ];
  const told = [...(reason === undefined ? [] : [value(reason)]), ...more].join('; ');
  return `- ${code(id)} (${code(clause)})${told === '' ? '' : `: ${told}`}\n`;
}

const FOLD_AFTER = 200;
const CUT_AFTER = 4000;

/** A value as it is, or folded where it would push everything else off the screen. */
function value(text: string, short: (text: string) => string = prose): string {
  if (text.length <= FOLD_AFTER) return short(text);
  const whole = escaped(legible(shortened(text, CUT_AFTER))).replaceAll('\n', '&#10;');
  const start = escaped(onOneLine(shortened(text, FOLD_AFTER / 2)));
  return `<details><summary>${start}</summary><pre>${whole}</pre></details>`;
}

/** A code span; what could end it, or be taken for markup where it ends, is written as entities. */
function code(text: string): string {
  const line = onOneLine(text);
  return /^[^`<>&|]*[^`<>&| ]$/.test(line) && !line.startsWith(' ')
    ? `\`${line}\``
    : `<code>${escaped(line)}</code>`;
}

const commandBlock = (command: string): string => textBlock(onOneLine(command), 'sh');

function textBlock(text: string, language = ''): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}\n`;
}

/** Text in which nothing is markup, no link and no mention of anybody. */
const prose = (text: string): string => escaped(onOneLine(text));

const escaped = (text: string): string =>
  text.replaceAll(/[&<>|\\`*_[\]~$@#]|:(?=\/\/)|(?<=www)\./g, (character) => `&#${character.charCodeAt(0)};`);

/** Puts together what fits, the most important first, and says what did not. */
function withinLimit(blocks: readonly string[]): string {
  let room = SUMMARY_LIMIT - Buffer.byteLength(cutRemark(blocks.length)) - 1;
  const shown: string[] = [];
  let left = 0;
  for (const block of blocks) {
    const size = Buffer.byteLength(block) + 1;
    if (size > room) {
      left += 1;
      continue;
    }
    room -= size;
    shown.push(block);
  }
  return [...shown, ...(left === 0 ? [] : [cutRemark(left)])].join('\n');
}

const cutRemark = (left: number): string =>
  `> Cut: ${counted(left, 'entry', 'entries')} would not fit here. report.html and findings.json hold everything.\n`;
