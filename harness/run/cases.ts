import type { Signing } from '../contract/contract.ts';
import { explain } from '../errors.ts';
import { judgeOne } from '../judge/judge.ts';
import { knownSecrets } from './clients.ts';
import { tellOfTheDead } from './found-dead.ts';
import { passageOf, type Ground, type OpenTopology } from './ground.ts';
import type { CasePlan, GatePlan } from './plan.ts';
import { control } from './scout.ts';
import { setStage } from './stage.ts';

/** How many undecided attempts of a case there may be before it stays undecided. */
const ATTEMPTS = 3;

/** Ordinary cases beside each other: enough to use the time one of them waits for an answer. */
const LANES = 4;

/** The topologies beside each other: while the cases of one wait out an interval, another has the processor. */
export async function runCases<Client extends Signing>(
  ground: Ground<Client, GatePlan<Client>>,
): Promise<void> {
  const cases = ground.plan.chance.of('order').shuffled(ground.plan.cases);
  const on = (name: string): CasePlan<Client>[] => cases.filter(({ topology }) => topology === name);
  await allSettled(ground.topologies.map(({ topology }) => runOnTopology(on(topology.name), ground)));
}

/** First what needs the processor, then what may run beside others, those that wait all at once; last what disturbs. */
async function runOnTopology<Client extends Signing>(
  cases: readonly CasePlan<Client>[],
  ground: Ground<Client, GatePlan<Client>>,
): Promise<void> {
  const alone = (when: 'first' | 'last') => cases.filter(({ scenario }) => scenario.alone === when);
  const sociable = cases.filter(({ scenario }) => scenario.alone === undefined);
  const waiting = sociable.filter(({ scenario }) => scenario.limits === 'short');
  const ordinary = sociable.filter(({ scenario }) => scenario.limits !== 'short');
  const lanes = Array.from({ length: LANES }, (_, lane) =>
    ordinary.filter((_case, index) => index % LANES === lane),
  );
  await inTurn(alone('first'), ground);
  await allSettled([
    ...waiting.map((each) => runCase(each, ground)),
    ...lanes.map((lane) => inTurn(lane, ground)),
  ]);
  await inTurn(alone('last'), ground);
}

async function inTurn<Client extends Signing>(
  cases: readonly CasePlan<Client>[],
  ground: Ground<Client, GatePlan<Client>>,
): Promise<void> {
  for (const each of cases) await runCase(each, ground);
}

/** Waits for all of them also where one fails: nothing may go on in the background while the topology goes down. */
async function allSettled(running: readonly Promise<void>[]): Promise<void> {
  const settled = await Promise.allSettled(running);
  const failed = settled.find((each) => each.status === 'rejected');
  if (failed) throw failed.reason;
}

async function runCase<Client extends Signing>(
  plan: CasePlan<Client>,
  ground: Ground<Client, GatePlan<Client>>,
): Promise<void> {
  const planned = ground.plan.planned.filter(({ id, kind }) => kind === 'case' && id === plan.scenario.id);
  if (planned.length === 0) throw new Error(`Case ${plan.scenario.id} is not in the plan`);
  const findings = () => planned.map((each) => judgeOne(ground.view, each));
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const { known } = ground.view.standstills;
    await runAttempt(plan, attempt, ground);
    if (findings().every(({ outcome }) => outcome === 'pass')) break;
    // A standstill is known only once it is over; it decides whether another attempt could do better.
    await ground.stalls.settled();
    // Where nobody stood still, a signer that fails leaves the rest in doubt each time: it cannot find back, or hangs.
    const stoodStill = ground.view.standstills.known > known;
    if (!stoodStill && findings().some(({ outcome, level }) => outcome === 'fail' && level === 'must')) break;
    if (findings().every(({ outcome }) => outcome !== 'inconclusive')) break;
  }
  for (const finding of findings()) ground.audience.judged(finding);
}

async function runAttempt<Client extends Signing>(
  plan: CasePlan<Client>,
  attempt: number,
  ground: Ground<Client, GatePlan<Client>>,
): Promise<void> {
  const { scenario } = plan;
  const { history } = ground;
  const place = ground.topologies.find(({ topology }) => topology.name === plan.topology);
  if (!place) throw new Error(`No topology ${plan.topology}`);
  const { topology } = place;
  const record = (phase: 'begun' | 'ended', error?: string): void => {
    const trouble = error === undefined ? {} : { error };
    history.append({
      type: 'case',
      at: history.at(),
      case: scenario.id,
      attempt,
      phase,
      topology: topology.name,
      ...trouble,
    });
  };
  record('begun');
  const trouble = await play(plan, attempt, place, ground);
  const alone = scenario.alone !== undefined;
  await tellOfTheDead({ case: scenario.id, attempt, alone }, topology, ground);
  record('ended', trouble);
}

/** What kept it from being played to its end, where something did. */
async function play<Client extends Signing>(
  plan: CasePlan<Client>,
  attempt: number,
  place: OpenTopology,
  ground: Ground<Client, GatePlan<Client>>,
): Promise<string | undefined> {
  const { scenario } = plan;
  const { topology } = place;
  try {
    const secrets = knownSecrets(plan.clients.values());
    const occasion = {
      case: scenario.id,
      attempt,
      topology: topology.name,
      secrets,
      ...(scenario.also && { about: scenario.clause }),
    };
    await using set = setStage({
      contract: ground.plan.contract,
      adapter: ground.plan.adapter,
      plan,
      topologyPlan: place.plan,
      passage: passageOf(topology, occasion, ground),
      chance: ground.plan.chance.of(scenario.id),
    });
    await scenario.run(set.stage);
    await control({ case: scenario.id, attempt }, topology, ground);
    return undefined;
  } catch (error) {
    ground.signal.throwIfAborted();
    return explain(error);
  }
}
