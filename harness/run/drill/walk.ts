import { pause } from '../../clock.ts';
import type { Signing } from '../../contract/contract.ts';
import { explain } from '../../errors.ts';
import type { EventOf } from '../../judge/events.ts';
import { stalledWithin } from '../../judge/standstill.ts';
import { missingAt } from '../../judge/traffic/procedure.ts';
import { knownSecrets } from '../clients.ts';
import type { Passage } from '../door.ts';
import { passageOf, type Ground, type OpenTopology } from '../ground.ts';
import { settle as letSettle } from '../settle.ts';
import { suffer } from '../suffer.ts';
import type { Suffering } from '../scenario.ts';
import { standingsOf, type Trouble, type TurningPoint } from './course.ts';
import type { CoursePlan, DrillPlan } from './plan.ts';
import type { Fleet, Standing, Step, Use } from './procedure.ts';
import { MARGIN_MS } from './nonces.ts';
import { ReplicaLost, Roll } from './roll.ts';
import { startStreams, type Streams } from './streams.ts';

/** A course on its way. */
interface Walk<Client extends Signing> {
  readonly plan: CoursePlan<Client>;
  readonly place: OpenTopology;
  readonly ground: Ground<Client, DrillPlan<Client>>;
  readonly standings: readonly Standing[];
  readonly streams: Streams;
  readonly roll: Roll<Client>;
  readonly passage: Passage;
  /** What was injected, to be healed whatever happens. */
  readonly ordeals: Suffering[];
}

/** Carries one course out while its streams flow, and leaves the topology as it found it. */
export async function walk<Client extends Signing>(
  plan: CoursePlan<Client>,
  place: OpenTopology,
  ground: Ground<Client, DrillPlan<Client>>,
): Promise<void> {
  const { course, clients } = plan;
  const { topology } = place;
  const { history, signal, view } = ground;
  const { adapter, contract, canaries, chance } = ground.plan;
  const record = (phase: 'begun' | 'ended', error?: string): void =>
    history.append({
      type: 'case',
      at: history.at(),
      case: course.id,
      attempt: 1,
      phase,
      topology: topology.name,
      ...(error !== undefined && { error }),
    });
  record('begun');
  // The judge says why nothing came of it.
  if (missingAt(view, topology.name)) return record('ended');
  const secrets = knownSecrets(clients.values());
  const passage = passageOf(
    topology,
    { case: course.id, attempt: 1, topology: topology.name, secrets },
    ground,
  );
  const standings = standingsOf(course.procedure);
  try {
    await using streams = startStreams({
      plans: course.procedure.streams,
      passage,
      clients,
      contract,
      adapter,
      canaries,
      chance: chance.of(course.id),
    });
    const roll = new Roll({ plan, place, ground, passage, streams });
    const way: Walk<Client> = { plan, place, ground, standings, streams, roll, passage, ordeals: [] };
    const { fleet, use } = standings[0]!;
    streams.follow(use);
    await streams.round();
    try {
      if (course.turn) await thereAndBack(way, course.turn);
      else await toTheEnd(way);
      if (course.procedure.limits === 'short') await outliveNonces(way);
      await streams.stop();
      // With nobody watching any more.
      await roll.everywhere(fleet);
    } catch (error) {
      for (const ordeal of way.ordeals) await ordeal.heals();
      signal.throwIfAborted();
      await streams.stop().catch(() => undefined);
      tell(way, STARTED_ANEW, 'back', 'begun');
      await roll.startOver(fleet);
      tell(way, STARTED_ANEW, 'back', 'ended');
      if (!(error instanceof ReplicaLost)) throw error;
    }
  } catch (error) {
    signal.throwIfAborted();
    // The history tells of a replica that is lost, which is no trouble of ours.
    if (!(error instanceof ReplicaLost)) return record('ended', explain(error));
  }
  record('ended');
}

/** Each step is watched until everybody must have taken it. */
async function toTheEnd<Client extends Signing>(way: Walk<Client>): Promise<void> {
  await settle(way);
  for (const [index, step] of way.plan.course.procedure.steps.entries()) {
    await forward(way, step, index);
    // Where replicas stay as they are, so does what they answer to everybody who does.
    await settle(way, step.fleet ? undefined : way.standings[index]!.use);
  }
}

/** With short limits a time to live is waited out, so that nonces from before the last step come to be used again. */
async function outliveNonces<Client extends Signing>({
  plan,
  place,
  ground,
  streams,
}: Walk<Client>): Promise<void> {
  const { history, signal } = ground;
  const ms = place.topology.replicas[0]!.state.nonceTtlSeconds * 1000 + MARGIN_MS;
  const why = 'a nonce stays spent for this long';
  history.append({ type: 'wait', at: history.at(), case: plan.course.id, attempt: 1, ms, why });
  await pause(ms, signal);
  await streams.round();
}

/** On the way nobody waits; where it ends everybody does. */
async function thereAndBack<Client extends Signing>(way: Walk<Client>, turn: TurningPoint): Promise<void> {
  const { procedure, trouble } = way.plan.course;
  const { steps } = procedure;
  for (const [index, step] of steps.slice(0, turn.done).entries()) await forward(way, step, index);
  if (turn.halfRolled) await halfForward(way, steps[turn.done]!, turn.done);
  // What is refused for the fault alone can be told only where nothing else is in doubt.
  await (trouble ? settle(way) : way.streams.round());
  if (turn.way === 'at-once') await straightBack(way);
  else await stepByStepBack(way, turn);
  await settle(way);
}

async function forward<Client extends Signing>(way: Walk<Client>, step: Step, index: number): Promise<void> {
  const after = way.standings[index + 1]!;
  const { trouble } = way.plan.course;
  const comes = trouble?.during === index ? trouble : undefined;
  tell(way, step, 'forward', 'begun');
  way.streams.follow(after.use);
  if (!step.fleet) {
    if (comes) await through(way, comes);
  } else if (comes) await rolledThrough(way, step, after.fleet, comes);
  else {
    const halfWay = (): void => tell(way, step, 'forward', 'half-rolled');
    await way.roll.everywhere(after.fleet, { halfWay, urgent: step.urgent });
  }
  tell(way, step, 'forward', 'ended');
}

/** The fault comes when the first replica has taken the step, and goes when the last was told. */
async function rolledThrough<Client extends Signing>(
  way: Walk<Client>,
  step: Step,
  fleet: Fleet,
  trouble: Trouble,
): Promise<void> {
  let ordeal: Suffering | undefined;
  await way.roll.everywhere(fleet, {
    async halfWay() {
      tell(way, step, 'forward', 'half-rolled');
      ordeal = await suffers(way, trouble);
      await way.streams.round();
    },
    async told() {
      await way.streams.round();
      await ordeal?.heals();
      await recovered(way);
    },
    urgent: step.urgent,
  });
}

async function through<Client extends Signing>(way: Walk<Client>, trouble: Trouble): Promise<void> {
  const ordeal = await suffers(way, trouble);
  await way.streams.round();
  await ordeal.heals();
  await recovered(way);
}

async function suffers<Client extends Signing>(
  { place: { topology }, ground: { history, signal, plan }, passage, ordeals }: Walk<Client>,
  { fault }: Trouble,
): Promise<Suffering> {
  const ordeal = await suffer({
    fault,
    topology,
    concerned: topology.replicas,
    history,
    settle: (replicas) => letSettle(replicas, passage, plan),
    signal,
  });
  ordeals.push(ordeal);
  return ordeal;
}

const recovered = <Client extends Signing>({ place, passage, ground }: Walk<Client>): Promise<void> =>
  letSettle(place.topology.replicas, passage, ground.plan);

/** Somebody loses heart when the first replica has it. */
async function halfForward<Client extends Signing>(
  way: Walk<Client>,
  step: Step,
  index: number,
): Promise<void> {
  const { fleet, use } = way.standings[index + 1]!;
  tell(way, step, 'forward', 'begun');
  way.streams.follow(use);
  await way.roll.first(fleet);
  tell(way, step, 'forward', 'half-rolled');
}

async function stepByStepBack<Client extends Signing>(way: Walk<Client>, turn: TurningPoint): Promise<void> {
  const { steps } = way.plan.course.procedure;
  const taken = steps.slice(0, turn.done + (turn.halfRolled ? 1 : 0));
  for (const [index, step] of [...taken.entries()].toReversed()) {
    const before = way.standings[index]!;
    tell(way, { ...step, sentence: step.undo }, 'back', 'begun');
    if (step.fleet) await way.roll.everywhere(before.fleet);
    way.streams.follow(before.use);
    await way.streams.round();
    tell(way, { ...step, sentence: step.undo }, 'back', 'ended');
  }
}

async function straightBack<Client extends Signing>(way: Walk<Client>): Promise<void> {
  const { fleet, use } = way.standings[0]!;
  const { trouble } = way.plan.course;
  const ordeal = trouble && (await suffers(way, trouble));
  // Before any replica is in between.
  if (ordeal) await way.streams.round();
  tell(way, STRAIGHT_BACK, 'back', 'begun');
  way.streams.follow(use);
  // While nothing is let in, nobody can see a replica act.
  await way.roll.everywhere(fleet, { urgent: ordeal && true });
  await way.streams.round();
  tell(way, STRAIGHT_BACK, 'back', 'ended');
  await ordeal?.heals();
  if (ordeal) await recovered(way);
}

const BACK_TO_THE_START = ['rollback/1', 'rollback/2', 'rollback/3'];

const STRAIGHT_BACK = {
  id: 'straight-back',
  sentence: 'Give every replica and every client what they had before the first step.',
  runbook: BACK_TO_THE_START,
};

/** Nobody asks whether a replica that hangs would still listen. */
const STARTED_ANEW = {
  id: 'started-anew',
  sentence: 'Start every replica anew with what it had before the first step.',
  runbook: BACK_TO_THE_START,
};

/**
 * Waits until every replica must hold what it was given, and then has each stream speak once more. Where somebody stood
 * still meanwhile, what was said decides little, so they speak again.
 */
async function settle<Client extends Signing>(way: Walk<Client>, before?: Use): Promise<void> {
  const { history, stalls, view } = way.ground;
  const { name: topology } = way.place.topology;
  for (let round = 1; round <= ROUNDS; round += 1) {
    await heldEverywhere(way);
    const from = history.at();
    await way.streams.round(before);
    // A standstill is known only once it is over.
    await stalls.settled();
    if (!stalledWithin(view, { topology, replica: null, from, to: history.at() })) return;
  }
}

const ROUNDS = 3;

async function heldEverywhere<Client extends Signing>({ plan, ground, roll }: Walk<Client>): Promise<void> {
  const { history, signal } = ground;
  const why = 'a change may take this long to be in force';
  for (let ms = roll.heldBy() - history.at(); ms > 0; ms = roll.heldBy() - history.at()) {
    history.append({ type: 'wait', at: history.at(), case: plan.course.id, attempt: 1, ms, why });
    await pause(Math.ceil(ms), signal);
  }
}

function tell<Client extends Signing>(
  { plan, place, ground }: Walk<Client>,
  { id, sentence, runbook }: Pick<Step, 'id' | 'sentence' | 'runbook'>,
  direction: EventOf<'step'>['direction'],
  phase: EventOf<'step'>['phase'],
): void {
  const { history } = ground;
  history.append({
    type: 'step',
    at: history.at(),
    case: plan.course.id,
    topology: place.topology.name,
    step: id,
    sentence,
    runbook: [...runbook],
    direction,
    phase,
  });
}
