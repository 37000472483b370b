import type { Clause } from '../harness/contract/contract.ts';
import type { FindingsFile } from '../harness/judge/findings.ts';
import { drillOf, type Drill, type Told } from './drill.ts';
import type { Exploration } from './exploration.ts';
import { sufferedIn, type Suffered } from './suffered.ts';
import type { RunRecord } from './run-record.ts';
import type { RunKind } from './verdict.ts';

/** All that a report is made of: what was run, what was found, and the promises it was held against. */
export interface Results {
  readonly record: RunRecord;
  readonly findings: FindingsFile;
  readonly clauses: readonly Clause[];
  /** What was rehearsed, where it was a drill. */
  readonly drill?: Drill;
  /** What was played, where it was an exploration. */
  readonly exploration?: Exploration;
  /** What was broken on purpose. */
  readonly suffered?: readonly Suffered[];
  /** When each case or course began, in milliseconds since 1970. */
  readonly began?: ReadonlyMap<string, number>;
}

/** What kind of a run it was, by what there is to tell of it. */
export const kindOf = ({
  drill,
  exploration,
}: {
  drill: Drill | undefined;
  exploration: Exploration | undefined;
}): RunKind => (drill ? 'drill' : exploration ? 'explore' : 'gate');

/** What only the history can tell. */
export function toldBy(view: Told): Pick<Results, 'drill' | 'began'> & Required<Pick<Results, 'suffered'>> {
  const drill = drillOf(view);
  const { epochMs } = view.run;
  const began = new Map<string, number>();
  for (const { case: id, at } of view.all('case')) if (!began.has(id)) began.set(id, epochMs + at);
  return {
    began,
    suffered: sufferedIn(view),
    ...(drill !== undefined && { drill }),
  };
}
