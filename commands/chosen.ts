import { signerAuthV1 } from '../harness/contract/signer-auth-v1/signer-auth-v1.ts';
import { choose, type Choosable } from '../harness/run/choose.ts';
import { plannedChecks } from '../harness/run/plan.ts';
import type { SignerAuthScenario } from '../suites/case.ts';

/** The checks over a whole history as something that can be named like a case. */
export const namedChecks = (): Choosable[] =>
  plannedChecks(signerAuthV1, 'all').map(({ id, clause }) => ({ id, clause, tags: ['check'] }));

/** Cases and checks named on the command line; all of them where none is named. */
export function chosen(all: readonly SignerAuthScenario[], names: readonly string[] = []) {
  const picked = new Set(choose<Choosable>([...all, ...namedChecks()], names).map(({ id }) => id));
  const scenarios = all.filter(({ id }) => picked.has(id));
  const checks = namedChecks()
    .map(({ id }) => id)
    .filter((id) => picked.has(id));
  // A check speaks about what cases record: named alone, it gets every case.
  return { scenarios: scenarios.length > 0 ? scenarios : all, checks };
}
