import { wallClockMs } from '../clock.ts';
import type { Contract, Signing } from '../contract/contract.ts';
import { judge } from '../judge/judge.ts';
import type { FindingsFile } from '../judge/findings.ts';
import type { History } from '../judge/history.ts';
import { View } from '../judge/view.ts';
import { chanceFrom, type Chance } from '../seed.ts';
import type { Adapter } from '../signer/adapter.ts';
import type { Canaries } from './canaries.ts';
import type { Environment } from './environment.ts';
import type { Audience, Ground } from './ground.ts';
import type { Plan } from './plan.ts';
import type { Observation } from './preconditions.ts';
import { rehearse } from './rehearse.ts';

/** What is to be judged, where, and by whom it is watched. */
export interface RunOrder<Client extends Signing> {
  readonly contract: Contract<unknown, unknown, unknown, Client>;
  readonly adapter: Adapter;
  readonly checks: readonly string[] | 'all';
  readonly seed: number;
  /** How one finding is reproduced, with `{id}` for its id. */
  readonly reproduce: string;
  readonly environment: Environment;
  readonly history: History;
  readonly audience: Audience;
  readonly before: readonly Observation[];
  readonly signal: AbortSignal;
}

/** What came of it. Where the topology did not come up or the run was ended early, `trouble` says why. */
export interface Run {
  readonly view: View;
  readonly findings: FindingsFile;
  readonly canaries: Canaries;
  readonly topologies: readonly string[];
  readonly trouble?: unknown;
}

/** One run from plan to findings. Whatever happens, everything that was started is down when it returns. */
export async function carryOut<Client extends Signing, P extends Plan<Client>>(
  order: RunOrder<Client>,
  makePlan: (chance: Chance) => Promise<P>,
  play: (ground: Ground<Client, P>) => Promise<void>,
): Promise<Run> {
  const { contract, adapter, history, seed } = order;
  const view = new View(contract);
  history.listen((event) => view.add(event));
  const plan = await makePlan(chanceFrom(seed));
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
  order.audience.begun(view);
  const trouble = await rehearse({ ...order, plan, view }, play).then(
    () => ({}),
    // Once it is interrupted, whatever breaks off breaks off for that reason.
    (error: unknown) => ({ trouble: order.signal.aborted ? (order.signal.reason as unknown) : error }),
  );
  const topologies = plan.topologies.map(({ name }) => name);
  return { view, findings: judge(view), canaries: plan.canaries, topologies, ...trouble };
}
