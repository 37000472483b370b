import type { Signing } from '../contract/contract.ts';
import { carryOut, type Run, type RunOrder } from './carry-out.ts';
import { runCases } from './cases.ts';
import { makePlan } from './plan.ts';
import type { Scenario } from './scenario.ts';

/** Which cases are to be judged on replicas at rest. */
export interface GateOrder<Client extends Signing> extends RunOrder<Client> {
  readonly scenarios: readonly Scenario<Client>[];
  readonly requireMtls?: boolean;
}

export const runGate = <Client extends Signing>(order: GateOrder<Client>): Promise<Run> =>
  carryOut(order, (chance) => makePlan({ ...order, chance }), runCases);
