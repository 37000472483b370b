import { monotonicMs } from '../../clock.ts';
import type { SigningClient } from '../../contract/signer-auth-v1/client.ts';
import { signerAuthV1 } from '../../contract/signer-auth-v1/signer-auth-v1.ts';
import { EnvironmentError } from '../../errors.ts';
import type { Fault } from '../../faults/fault.ts';
import { storeUnreachable } from '../../faults/store-unreachable.ts';
import type { HistoryEvent } from '../../judge/events.ts';
import { Story } from '../../judge/history.fixture.ts';
import { History } from '../../judge/history.ts';
import { View } from '../../judge/view.ts';
import { chanceFrom } from '../../seed.ts';
import { adapterOf } from '../../signer/adapter.fixture.ts';
import type { DesiredState } from '../../signer/desired-state.ts';
import { offerOf } from '../../signer/offer.ts';
import type { Applied } from '../environment.ts';
import type { Ground, OpenTopology } from '../ground.ts';
import { Recorder } from '../recorder.ts';
import { makeDrillPlan, type DrillPlan } from './plan.ts';
import type { Procedure } from './procedure.ts';
import { walk } from './walk.ts';

/** What a made-up replica comes to when it is given something: nothing, or a reason for which it is lost. */
export type Fate = (how: 'applied' | 'restarted', secrets: string) => Error | undefined;

/** A topology on which a signer that is restarted is rolled, and which tells in words what is done to it. */
export async function madeUpTopology(
  procedure: Procedure<SigningClient>,
  {
    fate = () => undefined,
    seed = 1,
    courses = 'all',
  }: { fate?: Fate; seed?: number; courses?: readonly string[] | 'all' } = {},
) {
  const history = History.unwritten(monotonicMs);
  const view = new View(signerAuthV1);
  const told: string[] = [];
  history.listen((event) => {
    view.add(event);
    const words = inWords(event);
    if (words !== undefined) told.push(words);
  });
  const [begins] = new Story().events;
  if (begins) history.append(begins);

  const plan = await makeDrillPlan({
    contract: signerAuthV1,
    adapter: adapterOf({ apply: { by: 'restart' }, bounds: { recoversWithinMs: 20 } }),
    procedures: [procedure],
    troubles: [outage(told)],
    courses,
    checks: [],
    chance: chanceFrom(seed),
  });
  const [topologyPlan] = plan.topologies;
  const replicas = topologyPlan!.replicas.map(({ name, state }) => {
    let held: DesiredState = { ...state, store: { host: '', port: 0, database: 0, keyPrefix: '' } };
    const given =
      (how: 'applied' | 'restarted') =>
      async (next: Omit<DesiredState, 'store'>): Promise<Applied> => {
        held = { ...next, store: held.store };
        const { secrets = [] } = next.clients.find(({ id }) => id === `${procedure.id}.one`) ?? {};
        const names = secrets.map(({ id }) => id.split('/').at(-1)).join('+');
        const lost = fate(how, names);
        told.push(`${name} ${lost ? 'is lost' : how} with ${names}`);
        if (lost) throw lost;
        return { witnessed: true, evidence: 'made up' };
      };
    return {
      name,
      host: '127.0.0.1',
      port: 1,
      clock: { offsetMs: 0, errorMs: 0 },
      get state() {
        return held;
      },
      log: () => '',
      apply: given('applied'),
      restart: given('restarted'),
    };
  });
  const place = {
    plan: topologyPlan,
    topology: {
      name: topologyPlan!.name,
      replicas,
      balancer: {
        host: '127.0.0.1',
        port: 1,
        drain: async (replica: string) => void told.push(`${replica} drained`),
        admit: (replica: string) => void told.push(`${replica} admitted`),
      },
    },
  } as unknown as OpenTopology;
  const ground = {
    stalls: { settled: async () => undefined },
    plan,
    history,
    view,
    signal: new AbortController().signal,
    recorder: new Recorder({ history, view, offer: offerOf(plan.adapter), canaries: plan.canaries }),
  } as unknown as Ground<SigningClient, DrillPlan<SigningClient>>;
  return {
    view,
    courses: plan.courses,
    /** Walks one of its courses, and tells what was done on the way. */
    async walks(course: string): Promise<string[]> {
      const from = told.length;
      const chosen = plan.courses.find((each) => each.course.id === course);
      await walk(chosen!, place, ground);
      return told.slice(from);
    },
  };
}

/** A fault that takes nothing away, and tells when it would have. */
const outage = (told: string[]): Fault => ({
  ...storeUnreachable,
  name: 'outage',
  prepare: () => {
    let inForce = false;
    const turn = async (on: boolean): Promise<void> => {
      inForce = on;
      told.push(`outage ${on ? 'begins' : 'ends'}`);
    };
    return Promise.resolve({
      inject: () => turn(true),
      witness: async () => ({ so: inForce, evidence: 'made up' }),
      heal: () => turn(false),
      isOver: async () => ({ so: !inForce, evidence: 'made up' }),
    });
  },
});

export const lost = (): Error => new EnvironmentError('it ended over it');

function inWords(event: HistoryEvent): string | undefined {
  if (event.type === 'step') return `${event.direction} ${event.step} ${event.phase}`;
  if (event.type === 'window') return `${event.replica} window ${event.phase}`;
  if (event.type === 'casualty')
    return `${event.replica} casualty${event.forGood === true ? ' for good' : ''}`;
  if (event.type === 'case') return `course ${event.phase}${event.error === undefined ? '' : ' in error'}`;
  return undefined;
}
