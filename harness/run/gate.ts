import { wallClockMs } from '../clock.ts';
import type { Contract, Signing } from '../contract/contract.ts';
import { judge } from '../judge/judge.ts';
import type { FindingsFile } from '../judge/findings.ts';
import type { History } from '../judge/history.ts';
import { View } from '../judge/view.ts';
import { chanceFrom } from '../seed.ts';
import type { Adapter } from '../signer/adapter.ts';
import type { Canaries } from './canaries.ts';
import type { Environment } from './environment.ts';
import type { Audience } from './ground.ts';
import { makePlan } from './plan.ts';
import type { Observation } from './preconditions.ts';
import { rehearse } from './rehearse.ts';
import type { Scenario } from './scenario.ts';

/** What is to be judged, how, and by whom it is watched. */
export interface GateOrder<Client extends Signing> {
  readonly contract: Contract<unknown, unknown, unknown, Client>;
  readonly adapter: Adapter;
  readonly scenarios: readonly Scenario<Client>[];
  readonly checks: readonly string[] | 'all';
  readonly requireMtls?: boolean;
  readonly seed: number;
  /** How one case is run again, with `{id}` for its id. */
  readonly reproduce: string;
  readonly environment: Environment;
  readonly history: History;
  readonly audience: Audience;
  readonly before: readonly Observation[];
  readonly signal: AbortSignal;
}

/** What came of it. Where the topology did not come up or the run was ended early, `trouble` says why. */
export interface GateRun {
  readonly view: View;
  readonly findings: FindingsFile;
  readonly canaries: Canaries;
  readonly topologies: readonly string[];
  readonly trouble?: unknown;
}

/** One run from plan to findings. Whatever happens, everything that was started is down when it returns. */
export async function runGate<Client extends Signing>(order: GateOrder<Client>): Promise<GateRun> {
  const { contract, adapter, history, seed } = order;
  const view = new View(contract);
  history.listen((event) => view.add(event));
  const plan = await makePlan({ ...order, chance: chanceFrom(seed) });
  const { answersWithinMs, failClosedWithinMs, appliesWithinMs, recoversWithinMs } = adapter.bounds;
  const at = history.at();
  history.append({
    type: 'run',
    at,
    schema: 1,
    contract: contract.id,
    signer: adapter.name,
    seed,
    epochMs: wallClockMs() - at,
    dialect: adapter.dialect,
    claims: adapter.claims,
    bounds: { answersWithinMs, failClosedWithinMs, appliesWithinMs, recoversWithinMs },
    reproduce: order.reproduce,
    planned: [...plan.planned],
  });
  const trouble = await rehearse({ ...order, plan, view }).then(
    () => ({}),
    // Once it is interrupted, whatever breaks off breaks off for that reason.
    (error: unknown) => ({ trouble: order.signal.aborted ? (order.signal.reason as unknown) : error }),
  );
  const topologies = plan.topologies.map(({ name }) => name);
  return { view, findings: judge(view), canaries: plan.canaries, topologies, ...trouble };
}
