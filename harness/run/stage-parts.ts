import type { Contract, Signing } from '../contract/contract.ts';
import type { Chance } from '../seed.ts';
import type { Adapter } from '../signer/adapter.ts';
import type { Passage } from './door.ts';
import type { TopologyPlan } from './environment.ts';
import type { CasePlan } from './plan.ts';

/** What a stage is set from: one attempt of one case on one topology. */
export interface StageParts<Client extends Signing> {
  readonly contract: Contract<unknown, unknown, unknown, Client>;
  readonly adapter: Adapter;
  readonly plan: CasePlan<Client>;
  readonly topologyPlan: TopologyPlan;
  readonly passage: Passage;
  readonly chance: Chance;
}
