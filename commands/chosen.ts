import { signerAuthV1 } from '../harness/contract/signer-auth-v1/signer-auth-v1.ts';
import { choose, type Choosable } from '../harness/run/choose.ts';
import { plannedChecks } from '../harness/run/plan.ts';
import { preconditions } from '../harness/run/preconditions.ts';
import type { SignerAuthScenario } from '../suites/case.ts';

/** What can be named like a case: every finding can, since its command to reproduce it does. */
export const beyondCases = (): Choosable[] => [
  ...preconditions.map(({ id, clause }) => ({ id, clause, tags: ['precondition'] })),
  ...plannedChecks(signerAuthV1, 'all').map(({ id, clause }) => ({ id, clause, tags: ['check'] })),
];

/** Cases that are only played where they are named, or a tag of theirs: the clauses that they speak for mean others. */
const onDemand = (cases: readonly SignerAuthScenario[]): Choosable[] =>
  cases.map(({ id, tags }) => ({ id, clause: id, tags }));

/** Cases and checks named on the command line; where none is named, all that need not be. */
export function chosen(
  all: readonly SignerAuthScenario[],
  names: readonly string[] = [],
  { remedy, whenNamed = [] }: { remedy?: string; whenNamed?: readonly SignerAuthScenario[] } = {},
) {
  const choosable = [...all, ...beyondCases(), ...(names.length > 0 ? onDemand(whenNamed) : [])];
  const picked = new Set(choose<Choosable>(choosable, names, remedy).map(({ id }) => id));
  const scenarios = [...all, ...whenNamed].filter(({ id }) => picked.has(id));
  const checks = beyondCases()
    .map(({ id }) => id)
    .filter((id) => picked.has(id));
  // What speaks about all that cases record gets every case when it is named alone.
  return { scenarios: scenarios.length > 0 ? scenarios : all, checks };
}
