import { styleText } from 'node:util';
import type { Clause } from '../harness/contract/contract.ts';
import type { Finding, FindingsFile } from '../harness/judge/findings.ts';
import type { Course } from './drill.ts';
import { counted, duration, onOneLine, shortened } from './legible.ts';
import { deathInWords, gapInWords, measured, refusalsInWords } from './measured.ts';
import {
  ofStanding,
  sharedReasons,
  standingOf,
  standings,
  standingWords,
  worthInFull,
  type Standing,
} from './standing.ts';
import {
  faultsByVerdict,
  measuredUnder,
  recoveryInWords,
  tookHold,
  type Suffered,
  type SufferedAndFound,
} from './suffered.ts';
import { verdictWords, type RunKind } from './verdict.ts';

/** What a run is, before anything has come of it. */
export interface Announcement {
  readonly version: string;
  readonly seed: number;
  readonly signer: string;
  readonly environment: string;
  readonly cases: number;
  /** Courses, where it is a drill. */
  readonly noun?: string;
}

/** The first line of a run, with the seed that repeats it. */
export const headline = ({
  version,
  seed,
  signer,
  environment,
  cases,
  noun = 'case',
}: Announcement): string =>
  `keydrill ${version} · seed ${seed} · ${onOneLine(signer)} · ${environment} · ${counted(cases, noun)}`;

/** One finding on one line, or on a few where there is something to tell. */
export function progressLine(finding: Finding, colour = false): string {
  const { id, clause, durationMs, reason } = finding;
  const standing = standingOf(finding);
  const { word, style } = marks[standing];
  const shown = paint(word.padEnd(6), style, colour);
  const line = `${shown}${onOneLine(id)}  ${onOneLine(clause)}  ${duration(durationMs)}`;
  if (standing === 'kept') return line;
  if (standing === 'not-applicable') return reason === undefined ? line : `${line}  ${brief(reason)}`;
  return [line, ...details(finding)].join('\n');
}

/** A course on one line with what was measured on it, and then whatever did not hold, in full. */
export function courseLines(course: Course, findings: readonly Finding[], colour = false): string {
  const came = measured([course], findings);
  const { word, style } = marks[came.standing ?? 'in-doubt'];
  const kept = ofStanding(findings, 'kept').length;
  const parts = [
    onOneLine(course.id),
    `${kept === findings.length ? '' : `${kept} of `}${counted(findings.length, 'clause')} kept`,
    duration(course.to - course.from),
    ...(came.served + came.unserved === 0
      ? []
      : [`${refusalsInWords(came)} honest requests not served, longest gap ${gapInWords(came)}`]),
    ...(came.death === undefined ? [] : [`removed, still let in for ${deathInWords(came.death)}`]),
  ];
  const unmet = findings.filter((finding) => standingOf(finding) !== 'kept');
  return [
    `${paint(word.padEnd(6), style, colour)}${parts.join('  ')}`,
    ...unmet.map((finding) => progressLine(finding, colour)),
  ].join('\n');
}

/** A fault on one line: what it was held against, whether it took hold, and what was measured under it. */
function faultLine(fault: SufferedAndFound, colour: boolean): string {
  const { standing, findings } = fault;
  const { word, style } = marks[standing ?? 'in-doubt'];
  const kept = ofStanding(findings, 'kept').length;
  const again = recoveryInWords(fault);
  const parts = [
    onOneLine(fault.fault),
    ...(standing === 'not-applicable'
      ? []
      : [`${kept === findings.length ? '' : `${kept} of `}${counted(findings.length, 'finding')} kept`]),
    tookHold(fault),
    ...(again === '–' ? [] : [`let in again ${again}`]),
    ...measuredUnder(fault).map(({ actual }) => brief(actual)),
  ];
  return `${paint(word.padEnd(6), style, colour)}${parts.join('  ')}`;
}

/** How a run ended: what an engineer must know, then the counts, then the verdict and where the rest is. */
export function closing(
  { findings, totals }: FindingsFile,
  directory: string,
  {
    clauses = [],
    colour = false,
    kind = 'gate',
    suffered = [],
  }: { clauses?: readonly Clause[]; colour?: boolean; kind?: RunKind; suffered?: readonly Suffered[] } = {},
): string {
  const { headline: verdict, next, tone } = verdictWords({ findings, totals }, clauses, kind);
  const style = { good: 'green', bad: 'red', doubt: 'yellow' } as const;
  return [
    '',
    // A run that ended early left everything after it in doubt, for the one reason that is told anyway.
    ...listed(findings, 'broken', colour),
    ...(totals.exitCode === 1 || totals.exitCode === 4 ? listed(findings, 'in-doubt', colour) : []),
    ...listed(findings, 'not-met', colour),
    ...(suffered.length === 0 ? [] : [`Faults, ${suffered.length}:`]),
    ...faultsByVerdict(suffered, findings).map((fault) => faultLine(fault, colour)),
    ...(suffered.length === 0 ? [] : ['']),
    tally(findings),
    paint(verdict, style[tone], colour),
    next,
    `Results are in ${directory}`,
  ].join('\n');
}

/** Writes a line to standard output. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

const marks = {
  broken: { word: 'FAIL', style: 'red' },
  'in-doubt': { word: 'doubt', style: 'yellow' },
  'not-met': { word: 'warn', style: 'yellow' },
  undecided: { word: 'warn', style: 'yellow' },
  'not-applicable': { word: 'n/a', style: 'dim' },
  kept: { word: 'pass', style: 'green' },
} as const satisfies Record<Standing, { word: string; style: Style }>;

type Style = 'red' | 'yellow' | 'green' | 'dim';

const paint = (text: string, style: Style, colour: boolean): string =>
  colour ? styleText(style, text, { validateStream: false }) : text;

function details({ reason, expected, actual, replica, reproduce }: Finding): string[] {
  const lines = { reason, expected, actual, replica };
  return [
    ...Object.entries(lines).flatMap(([name, value]) =>
      value === undefined ? [] : [`      ${name.padEnd(9)} ${brief(value)}`],
    ),
    `      reproduce ${onOneLine(reproduce)}`,
  ];
}

/** More than this of one kind helps nobody on a terminal: the reports hold them all. */
const LISTED = 12;

function listed(findings: readonly Finding[], standing: Standing, colour: boolean): string[] {
  const these = ofStanding(findings, standing);
  if (these.length === 0) return [];
  const shared = sharedReasons(these);
  const told = new Set(shared.flatMap(({ alike }) => alike));
  const others = these.filter((finding) => !told.has(finding));
  const entries = [...Map.groupBy(others, ({ clause }) => clause).values()].flatMap((within) => {
    const fully = within.filter((_, index) => worthInFull(index, within.length));
    return fully.map((finding) => ({ finding, also: within.length - fully.length }));
  });
  const more = entries.slice(LISTED).reduce((sum, { also }) => sum + 1 + also, 0);
  const { word, style } = marks[standing];
  return [
    ...entries
      .slice(0, LISTED)
      .flatMap(({ finding, also }) => [
        progressLine(finding, colour),
        ...(also === 0 ? [] : [`      and ${also} more ${standingWords[standing]} on this clause`]),
      ]),
    ...(more > 0 ? [`      and ${more} more ${standingWords[standing]}`] : []),
    ...shared.map(
      ({ reason, alike }) =>
        `${paint(word.padEnd(6), style, colour)}${counted(alike.length, 'finding')}: ${brief(reason)}`,
    ),
    '',
  ];
}

function tally(findings: readonly Finding[]): string {
  const levels = (['must', 'should'] as const).flatMap((level) => {
    const ofLevel = findings.filter((finding) => finding.level === level);
    const parts = standings
      .toReversed()
      .map((standing) => [ofStanding(ofLevel, standing).length, standingWords[standing]] as const)
      .filter(([count]) => count > 0)
      .map(([count, word]) => `${count} ${word}`);
    return parts.length === 0 ? [] : [`${level.toUpperCase()} ${parts.join(', ')}`];
  });
  return [counted(findings.length, 'finding'), ...levels].join(' · ');
}

const brief = (text: string): string => onOneLine(shortened(text, 300));
