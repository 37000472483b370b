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

/** What was done: a gate asks for the whole contract, a drill for what a rotation may break, an exploration for anything. */
export type RunKind = 'gate' | 'drill' | 'explore';

/** Says what a run came to. Given the contract's clauses, it also notices a gate that judged only some of them. */
export function verdictWords(
  file: FindingsFile,
  clauses: readonly Clause[] = [],
  kind: RunKind = 'gate',
): VerdictWords {
  const verdict = verdictOf(file.totals.exitCode);
  return { verdict, ...sayings[verdict](file, clauses, kind) };
}

/** MUST clauses about which a gate has nothing to say; those that take a drill are nothing that a gate could leave out. */
export function unjudged(findings: readonly Finding[], clauses: readonly Clause[]): readonly Clause[] {
  const judged = new Set(findings.map(({ clause }) => clause));
  return mustsAtRest(clauses).filter(({ id }) => !judged.has(id));
}

const mustsAtRest = (clauses: readonly Clause[]): readonly Clause[] =>
  clauses.filter(({ level, drilled }) => level === 'must' && drilled !== true);

type Saying = Omit<VerdictWords, 'verdict'>;

const sayings: Readonly<
  Record<Verdict, (file: FindingsFile, clauses: readonly Clause[], kind: RunKind) => Saying>
> = {
  green: ({ findings }, clauses, kind) => {
    if (kind === 'explore') return unbroken(findings);
    return kind === 'drill' ? rehearsed(findings) : goAhead(findings, clauses);
  },
  red: ({ findings }, _, kind) => stop(findings, kind),
  'in-doubt': ({ findings }) => findOutMore(findings),
  interrupted: ({ findings }) => runAgain(findings),
  'not-started': ({ totals }) => putRight(totals.exitCode),
};

function goAhead(findings: readonly Finding[], clauses: readonly Clause[]): Saying {
  const left = unjudged(findings, clauses).length;
  if (left > 0) {
    const musts = counted(mustsAtRest(clauses).length, 'MUST clause');
    return {
      tone: 'doubt',
      headline: `No leave to rotate yet: what was judged holds, but ${left} of ${musts} ${wereNot(left)} judged`,
      next: 'Run the whole gate before you rotate.',
    };
  }
  return {
    tone: 'good',
    headline: 'This signer may rotate: every MUST that applies holds',
    next: `Go ahead with the rotation.${unmetRemark(findings)}`,
  };
}

const rehearsed = (findings: readonly Finding[]): Saying => ({
  tone: 'good',
  headline: 'The drill went through: every MUST held, on the way and on the way back',
  next: `Rotate as it was rehearsed.${unmetRemark(findings)}`,
});

const unbroken = (findings: readonly Finding[]): Saying => ({
  tone: 'good',
  headline: 'No schedule that was played broke a MUST',
  next: `That is no proof: another seed plays other schedules, and the gate judges the whole contract.${unmetRemark(findings)}`,
});

function unmetRemark(findings: readonly Finding[]): string {
  const unmet = clausesOf(ofStanding(findings, 'not-met')).size;
  return unmet === 0 ? '' : ` ${counted(unmet, 'SHOULD clause')} not met: no obstacle, but read why first.`;
}

function stop(findings: readonly Finding[], kind: RunKind): Saying {
  const clauses = brokenClauses(findings);
  const unfounded = ofStanding(findings, 'broken').filter(isPrecondition);
  const doubtful = clausesOf(ofStanding(findings, 'in-doubt')).size;
  const remark =
    unfounded.length > 0
      ? ` Some of it may not be the signer's doing: ${unfounded.map(({ id }) => id).join(', ')} does not hold.`
      : doubtful > 0
        ? ` ${counted(doubtful, 'MUST clause')} in doubt may hide more.`
        : '';
  return {
    tone: 'bad',
    headline: `This signer may not rotate: ${counted(clauses, 'clause')} broken`,
    next: `Do not rotate. Mend what failed and run the ${kind === 'explore' ? 'exploration' : kind} again.${remark}`,
  };
}

/** A precondition that does not hold breaks nothing that the signer promised. */
const brokenClauses = (findings: readonly Finding[]): number =>
  clausesOf(ofStanding(findings, 'broken').filter((finding) => !isPrecondition(finding))).size;

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
  const broken = brokenClauses(findings);
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
