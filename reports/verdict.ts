import type { Clause } from '../harness/contract/contract.ts';
import { isPrecondition, type Finding, type FindingsFile } from '../harness/judge/findings.ts';
import { counted } from './legible.ts';
import { ofStanding } from './standing.ts';

export const verdicts = ['green', 'red', 'in-doubt', 'interrupted', 'not-started'] as const;

export type Verdict = (typeof verdicts)[number];

/** The verdict that an exit code stands for. */
export function verdictOf(exitCode: number): Verdict {
  const named: Partial<Record<number, Verdict>> = { 0: 'green', 1: 'red', 4: 'in-doubt', 130: 'interrupted' };
  return named[exitCode] ?? 'not-started';
}

/** A verdict in the words of whoever has to act on it. */
export interface VerdictWords {
  readonly verdict: Verdict;
  /** Whether to go ahead, to stop, or to find out more. */
  readonly tone: 'good' | 'bad' | 'doubt';
  readonly headline: string;
  readonly next: string;
}

/** Says what a run came to. Given the contract's clauses, it also notices a run that judged only some of them. */
export function verdictWords(file: FindingsFile, clauses: readonly Clause[] = []): VerdictWords {
  const verdict = verdictOf(file.totals.exitCode);
  return { verdict, ...sayings[verdict](file, clauses) };
}

/** MUST clauses about which a run has nothing to say. */
export function unjudged(findings: readonly Finding[], clauses: readonly Clause[]): readonly Clause[] {
  const judged = new Set(findings.map(({ clause }) => clause));
  return clauses.filter(({ id, level }) => level === 'must' && !judged.has(id));
}

type Saying = Omit<VerdictWords, 'verdict'>;

const sayings: Readonly<Record<Verdict, (file: FindingsFile, clauses: readonly Clause[]) => Saying>> = {
  green: ({ findings }, clauses) => goAhead(findings, clauses),
  red: ({ findings }) => stop(findings),
  'in-doubt': ({ findings }) => findOutMore(findings),
  interrupted: ({ findings }) => runAgain(findings),
  'not-started': ({ totals }) => putRight(totals.exitCode),
};

function goAhead(findings: readonly Finding[], clauses: readonly Clause[]): Saying {
  const left = unjudged(findings, clauses).length;
  if (left > 0) {
    const musts = counted(clauses.filter(({ level }) => level === 'must').length, 'MUST clause');
    return {
      tone: 'doubt',
      headline: `No leave to rotate yet: what was judged holds, but ${left} of ${musts} ${wereNot(left)} judged`,
      next: 'Run the whole gate before you rotate.',
    };
  }
  const unmet = clausesOf(ofStanding(findings, 'not-met')).size;
  const remark =
    unmet === 0 ? '' : ` ${counted(unmet, 'SHOULD clause')} not met: no obstacle, but read why first.`;
  return {
    tone: 'good',
    headline: 'This signer may rotate: every MUST that applies holds',
    next: `Go ahead with the rotation.${remark}`,
  };
}

function stop(findings: readonly Finding[]): Saying {
  const broken = ofStanding(findings, 'broken').filter((finding) => !isPrecondition(finding));
  const clauses = clausesOf(broken).size;
  const doubtful = clausesOf(ofStanding(findings, 'in-doubt')).size;
  const remark = doubtful === 0 ? '' : ` ${counted(doubtful, 'MUST clause')} in doubt may hide more.`;
  return {
    tone: 'bad',
    headline: `This signer may not rotate: ${counted(clauses, 'clause')} broken`,
    next: `Do not rotate. Mend what failed and run the gate again.${remark}`,
  };
}

function findOutMore(findings: readonly Finding[]): Saying {
  const unfounded = clausesOf(ofStanding(findings, 'broken').filter(isPrecondition)).size;
  if (unfounded > 0) {
    return {
      tone: 'doubt',
      headline: `Nothing may be concluded: ${doesNotHold(unfounded)}, so no pass counts`,
      next: 'Put the precondition right first; it says what the run rests on, not what the signer does.',
    };
  }
  const doubtful = clausesOf(ofStanding(findings, 'in-doubt')).size;
  return {
    tone: 'doubt',
    headline: `Nothing may be concluded: ${doubtful === 0 ? 'no clause was judged' : `${counted(doubtful, 'MUST clause')} in doubt`}`,
    next:
      doubtful === 0
        ? 'Do not rotate on this run. Choose cases that apply to this signer and run again.'
        : 'Do not rotate on this run. Read why each is in doubt, remove the cause and run again.',
  };
}

function runAgain(findings: readonly Finding[]): Saying {
  const broken = clausesOf(ofStanding(findings, 'broken')).size;
  return {
    tone: broken === 0 ? 'doubt' : 'bad',
    headline:
      broken === 0
        ? 'Nothing may be concluded: the run was interrupted'
        : `This signer may not rotate: ${counted(broken, 'clause')} broken before the run was interrupted`,
    next: 'Everything the run started has been taken down. Run it again to its end.',
  };
}

function putRight(exitCode: number): Saying {
  return exitCode === 2
    ? {
        tone: 'doubt',
        headline: 'Nothing was judged: the command line, the adapter or a file is wrong',
        next: 'Put right what the message names and run again.',
      }
    : {
        tone: 'doubt',
        headline: 'Nothing may be concluded: the topology could not be brought up',
        next: 'See keydrill doctor for what this machine lacks, and run again.',
      };
}

const clausesOf = (findings: readonly Finding[]): ReadonlySet<string> =>
  new Set(findings.map(({ clause }) => clause));

const wereNot = (count: number): string => (count === 1 ? 'was not' : 'were not');

const doesNotHold = (count: number): string =>
  `${counted(count, 'precondition')} ${count === 1 ? 'does' : 'do'} not hold`;
