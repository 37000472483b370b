import { signerAuthV1 } from '../../harness/contract/signer-auth-v1/signer-auth-v1.ts';
import type { TopologyPlan } from '../../harness/run/environment.ts';
import { makePlan } from '../../harness/run/plan.ts';
import { chanceFrom } from '../../harness/seed.ts';
import { loadAdapter } from '../../harness/signer/adapter.ts';
import { referenceAdapter } from '../../environments/signers/list.ts';
import { suites } from '../../suites/list.ts';

/** The topologies that a gate over the reference signer brings up. */
export async function gateTopologies(): Promise<readonly TopologyPlan[]> {
  const { topologies } = await makePlan({
    contract: signerAuthV1,
    adapter: await loadAdapter(referenceAdapter),
    scenarios: await suites(),
    checks: 'all',
    chance: chanceFrom(1),
  });
  return topologies;
}
