import type { Finding } from '../harness/judge/findings.ts';
import { legible, shortened } from './legible.ts';
import type { Results } from './results.ts';
import { standingOf, type Standing } from './standing.ts';
import { verdictWords } from './verdict.ts';

/**
 * junit.xml: one suite per group of clauses. It is red exactly where the exit code is: what a SHOULD falls short of is
 * told as skipped, and a run that concludes nothing holds an error even where no single finding does.
 */
export function renderJunit({ record, findings: file, clauses, drill }: Results): string {
  const cases = file.findings.map(testCase);
  if (record.exitCode !== 0 && !cases.some(({ kind }) => kind === 'failure' || kind === 'error')) {
    cases.push(verdictCase(verdictWords(file, clauses, drill && 'drill').headline));
  }
  const suites = Object.entries(Object.groupBy(cases, ({ suite }) => suite));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="keydrill" ${tally(cases)} time="${seconds(record.durationMs)}">`,
    ...suites.flatMap(([name, within = []]) => [
      `  <testsuite name="${attribute(name)}" ${tally(within)} skipped="${countOf(within, 'skipped')}" time="${seconds(total(within))}" timestamp="${record.startedAt}">`,
      ...properties({
        signer: record.signer.name,
        environment: record.environment.name,
        seed: String(record.seed),
        ...(record.operator !== undefined && { operator: record.operator }),
        ...(record.reason !== undefined && { reason: record.reason }),
      }),
      ...within.map(({ xml }) => xml),
      '  </testsuite>',
    ]),
    '</testsuites>',
    '',
  ].join('\n');
}

interface TestCase {
  readonly suite: string;
  readonly kind: 'passed' | 'failure' | 'error' | 'skipped';
  readonly durationMs: number;
  readonly xml: string;
}

function testCase(finding: Finding): TestCase {
  const { id, clause, durationMs } = finding;
  const kind = kinds[standingOf(finding)];
  const open = `    <testcase name="${attribute(id)}" classname="${attribute(clause)}" time="${seconds(durationMs)}"`;
  const inside = told(finding, kind);
  const xml = inside.length === 0 ? `${open}/>` : [`${open}>`, ...inside, '    </testcase>'].join('\n');
  return { suite: clause.split('/')[0] ?? clause, kind, durationMs, xml };
}

const kinds: Readonly<Record<Standing, TestCase['kind']>> = {
  kept: 'passed',
  broken: 'failure',
  'in-doubt': 'error',
  'not-met': 'skipped',
  undecided: 'skipped',
  'not-applicable': 'skipped',
};

function told(finding: Finding, kind: TestCase['kind']): string[] {
  if (kind === 'passed') return [];
  const message = attribute(inBrief(finding));
  const details = content(inFull(finding));
  if (kind !== 'skipped') {
    const type = kind === 'failure' ? finding.level : finding.outcome;
    return [`      <${kind} type="${type}" message="${message}">${details}</${kind}>`];
  }
  if (finding.outcome === 'not-applicable') return [`      <skipped message="${message}"/>`];
  return [`      <skipped message="should: ${message}"/>`, `      <system-out>${details}</system-out>`];
}

const verdictCase = (headline: string): TestCase => ({
  suite: 'run',
  kind: 'error',
  durationMs: 0,
  xml: `    <testcase name="verdict" classname="run" time="0.000"><error type="inconclusive" message="${attribute(headline)}"/></testcase>`,
});

/** What a list of failures shows of one: the two words that differ, or why nobody can tell. */
function inBrief({ outcome, reason, expected, actual, replica }: Finding): string {
  if (outcome === 'fail' && expected !== undefined && actual !== undefined) {
    return shortened(
      `expected ${expected}, got ${actual}${replica === undefined ? '' : ` at ${replica}`}`,
      300,
    );
  }
  return shortened(reason ?? actual ?? outcome, 300);
}

function inFull({ reason, expected, actual, replica, reproduce }: Finding): string {
  const lines = { reason, expected, actual, replica, reproduce };
  return Object.entries(lines)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]))
    .join('\n');
}

const properties = (named: Readonly<Record<string, string>>): string[] => [
  '    <properties>',
  ...Object.entries(named).map(
    ([name, value]) => `      <property name="${name}" value="${attribute(value)}"/>`,
  ),
  '    </properties>',
];

const tally = (cases: readonly TestCase[]): string =>
  `tests="${cases.length}" failures="${countOf(cases, 'failure')}" errors="${countOf(cases, 'error')}"`;

const countOf = (cases: readonly TestCase[], wanted: TestCase['kind']): number =>
  cases.filter(({ kind }) => kind === wanted).length;

const total = (cases: readonly TestCase[]): number =>
  cases.reduce((sum, { durationMs }) => sum + durationMs, 0);

const seconds = (ms: number): string => (ms / 1000).toFixed(3);

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const content = (text: string): string =>
  legible(text).replaceAll(/[&<>"]/g, (character) => entities[character] ?? '');

/** A parser turns a bare line break in an attribute into a space. */
const attribute = (text: string): string => content(text).replaceAll('\n', '&#10;');
