import { pause } from '../../clock.ts';
import type { Signing, WireRequest } from '../../contract/contract.ts';
import { EnvironmentError, explain } from '../../errors.ts';
import { faults } from '../../faults/list.ts';
import type { Fault } from '../../faults/fault.ts';
import { breachesOf, type Breach } from '../../judge/exploration.ts';
import type { CaseAttempt } from '../../judge/checks/check.ts';
import { withSecrets } from '../change.ts';
import { knownSecrets } from '../clients.ts';
import { gather } from '../crowd.ts';
import { doorTo, type Passage } from '../door.ts';
import type { Replica } from '../environment.ts';
import { passageOf } from '../ground.ts';
import { BALANCER } from '../preconditions.ts';
import type { Seen, Suffering } from '../scenario.ts';
import { settle } from '../settle.ts';
import { suffer } from '../suffer.ts';
import type { Action, ActionKind, ActionOf, Wrong } from './action.ts';
import { type Lane, limitsFor } from './lane.ts';
import type { Concern } from './repertoire.ts';

/** What came of playing a schedule once. */
export interface Performed {
  readonly breaches: readonly Breach[];
  /** What was done of it until then: without what was left out, the same happens. */
  readonly done: readonly Action[];
  /** How many of these had been done when that was sent which broke something. */
  readonly until: number;
  readonly trouble?: unknown;
}

/** Plays one schedule as one attempt of a case, up to the first breach, and makes whole what it broke. */
export async function perform<Client extends Signing>(
  actions: readonly Action[],
  attempt: CaseAttempt & { readonly why: 'first' | 'again' | 'smaller' },
  lane: Lane<Client>,
): Promise<Performed> {
  const { history, view, stalls, signal } = lane.ground;
  const { case: id, attempt: number, why } = attempt;
  const { name: topology } = lane.place.topology;
  const of = { case: id, attempt: number } as const;
  await lane.refresh(limitsFor(actions));
  history.append({ type: 'schedule', at: history.at(), ...of, topology, why, actions: [...actions] });
  history.append({ type: 'case', at: history.at(), ...of, topology, phase: 'begun' });
  const ended = (error?: string): void =>
    history.append({
      type: 'case',
      at: history.at(),
      ...of,
      topology,
      phase: 'ended',
      ...(error !== undefined && { error }),
    });
  const broken = async (): Promise<boolean> => {
    if (breachesOf(view, of).length === 0) return false;
    // A standstill is known only once it is over, and may excuse what looks like a breach.
    await stalls.settled();
    return breachesOf(view, of).length > 0;
  };
  const done: Action[] = [];
  const begun: number[] = [];
  try {
    await using performance = new Performance(of, lane);
    for (const [index, action] of actions.entries()) {
      signal.throwIfAborted();
      const at = history.at();
      if (!(await performance.play(action, index + 1))) continue;
      done.push(action);
      begun.push(at);
      if (await broken()) break;
    }
    if (!(await broken())) await performance.close();
    else lane.touch();
  } catch (error) {
    signal.throwIfAborted();
    lane.touch();
    ended(explain(error));
    return { breaches: breachesOf(view, of), done, until: done.length, trouble: error };
  }
  ended();
  const breaches = (await broken()) ? breachesOf(view, of) : [];
  if (breaches.length > 0) lane.touch();
  const [first] = breaches;
  const until = first ? begun.filter((at) => at <= first.at).length : done.length;
  return { breaches, done, until };
}

/** An action as it is told, and how it is played, or why it has no meaning where its turn comes. */
interface Turn {
  readonly sentence: string;
  readonly leftOut?: string | undefined;
  play(): Promise<unknown>;
}

/** A request that was sent, whose nonce may be sent again. */
interface Sent {
  readonly client: number;
  readonly request: WireRequest;
  readonly wrong?: Wrong;
  /** A time to live was waited out since. */
  outlived: boolean;
}

const CLIENT_NAMES = ['one', 'two'] as const;

/** A small model of what has been done so far, by which an action finds what it speaks of. It expects nothing. */
class Performance<Client extends Signing> implements AsyncDisposable {
  readonly #of: CaseAttempt;
  readonly #lane: Lane<Client>;
  readonly #sent: Sent[] = [];
  /** How far each client's rotation has come. */
  readonly #phases: number[];
  #fault: { readonly fault: Fault; readonly suffering: Suffering } | undefined;
  /** A fault has been injected, healed or not. */
  #suffered = false;

  constructor(of: CaseAttempt, lane: Lane<Client>) {
    this.#of = of;
    this.#lane = lane;
    this.#phases = lane.clients.map(() => 0);
  }

  /** Whether it had a meaning. */
  async play(action: Action, number: number): Promise<boolean> {
    const turn = this.#understand(action);
    this.#tell(turn, number);
    if (turn.leftOut !== undefined) return false;
    await turn.play();
    return true;
  }

  /** What follows every schedule: what is broken is healed, and every replica must serve again within its bound. */
  async close(): Promise<void> {
    if (this.#fault) {
      this.#tell({ sentence: `The fault ${this.#fault.fault.name} is healed` });
      await this.#heal();
    }
    this.#tell({ sentence: 'Every replica is sent valid requests until one passes' });
    const { ground, place } = this.#lane;
    const { recoversWithinMs } = ground.plan.adapter.bounds;
    for (const { name } of place.topology.replicas) {
      const deadline = ground.history.at() + (this.#suffered ? recoversWithinMs : 0);
      const concern = this.#suffered ? 'recovery' : 'passes';
      for (;;) {
        // One last time after the deadline: only then must it pass.
        const last = ground.history.at() > deadline;
        const seen = await this.#send(name, this.#valid(0, 'newest'), concern);
        if (seen.accepted || last) break;
        await pause(RECOVERY_EVERY_MS, ground.signal);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#heal();
  }

  #understand(action: Action): Turn {
    const turns: { readonly [K in ActionKind]: (each: ActionOf<K>) => Turn } = {
      send: (each) => this.#sending(each),
      replay: (each) => this.#replaying(each),
      race: (each) => this.#racing(each),
      'send-wrong': (each) => this.#sendingWrong(each),
      rotate: (each) => this.#rotating(each),
      inject: (each) => this.#injecting(each),
      heal: () => ({
        sentence: `The fault ${this.#fault?.fault.name ?? ''} is healed`.replace('  ', ' '),
        leftOut: this.#fault ? undefined : 'nothing is broken',
        play: () => this.#heal(),
      }),
      restart: (each) => this.#restarting(each),
      'wait-out-ttl': () => this.#waiting(),
    };
    return (turns[action.do] as (each: Action) => Turn)(action);
  }

  #sending({ client, secret, to }: ActionOf<'send'>): Turn {
    const name = this.#secret(client, secret);
    return {
      sentence: `Client ${CLIENT_NAMES[client]} sends a valid request to ${to}, signed with its secret ${name}`,
      play: () => {
        const request = this.#valid(client, secret);
        this.#sent.push({ client, request, outlived: false });
        return this.#send(to, request, this.#weather('passes'));
      },
    };
  }

  #replaying({ back, as, to }: ActionOf<'replay'>): Turn {
    const sent = this.#sent.at(-1 - back) ?? this.#sent[0];
    if (!sent)
      return {
        sentence: `A nonce is sent to ${to} again`,
        leftOut: 'none was sent before',
        play: () => Promise.resolve(),
      };
    const { client, wrong, outlived } = sent;
    const anew = as === 'anew';
    const label = anew ? {} : { label: 'byte for byte as before' };
    const concern = outlived ? 'reopened' : wrong === undefined ? 'replay' : 'refused-before';
    return {
      sentence: `The nonce of the ${ordinal(this.#sent.length - this.#sent.indexOf(sent))} request is sent to ${to} again, ${anew ? 'signed anew' : 'byte for byte as it was'}`,
      play: () => {
        const { repertoire, clients } = this.#lane;
        const { request } = sent;
        const again = anew
          ? repertoire.signsAgain(clients[client]!, request, this.#secret(client, 'newest'))
          : { ...request, ...label };
        if (anew && wrong !== undefined) this.#sent.push({ client, request: again, outlived: false });
        const about = wrong !== undefined && !anew ? repertoire.wrongs[wrong] : this.#clause(concern);
        return this.#deliver(to, again, about);
      },
    };
  }

  #racing({ client, copies }: ActionOf<'race'>): Turn {
    return {
      sentence: `${copies} copies of one valid request of client ${CLIENT_NAMES[client]} are sent to all replicas at the same moment`,
      leftOut: this.#fault?.fault.silences && 'a replica may not be there for it',
      play: async () => {
        const request = this.#valid(client, 'newest');
        this.#sent.push({ client, request, outlived: false });
        const passage = this.#passage(this.#clause('race'));
        const doors = passage.topology.replicas.map((each) => ({ name: each.name, address: each }));
        await using crowd = await gather(copies, doors, passage);
        await crowd.races(request);
      },
    };
  }

  #sendingWrong({ client, wrong, to }: ActionOf<'send-wrong'>): Turn {
    const { repertoire, clients } = this.#lane;
    const allowed = this.#allowed(client);
    const other = SECRETS.find((name) => !allowed.includes(name));
    return {
      sentence: `Client ${CLIENT_NAMES[client]} sends a wrong request to ${to}: ${wrong.replaceAll('-', ' ')}`,
      leftOut:
        wrong === 'another-secret' && other === undefined ? 'every secret it has is allowed' : undefined,
      play: () => {
        const secrets = { allowed: allowed.at(-1)!, other: other ?? ROGUE, unknown: ROGUE };
        const { request, identity } = repertoire.signsWrong(clients[client]!, wrong, secrets);
        this.#sent.push({ client, request, wrong, outlived: false });
        return this.#deliver(to, request, repertoire.wrongs[wrong], identity && { identity });
      },
    };
  }

  #rotating({ client, step }: ActionOf<'rotate'>): Turn {
    const phases = this.#rotation();
    const next = (this.#phases[client] ?? 0) + (step === 'advance' ? 1 : -1);
    const secrets = phases[next];
    const { adapter } = this.#lane.ground.plan;
    const { fault } = this.#fault ?? {};
    const reach = fault?.silences === 'replicas' || (fault && adapter.apply.by === 'restart');
    return {
      sentence: `Client ${CLIENT_NAMES[client]} ${step === 'advance' ? 'goes on with its rotation' : 'goes a step back'}${secrets ? `: every replica allows ${secrets.join(' and ')}` : ''}`,
      leftOut: secrets
        ? reach
          ? 'a replica could not take it over now'
          : undefined
        : 'there is no such step',
      play: async () => {
        this.#phases[client] = next;
        const { planned, place } = this.#lane;
        const { id, secrets: all } = planned[client]!;
        for (const replica of place.topology.replicas)
          await this.#change(replica, () =>
            this.#lane.give(
              replica,
              withSecrets(
                replica.state,
                id,
                secrets!.map((name) => all[name]!),
              ),
              (state) => replica.apply(state, this.#lane.ground.signal),
            ),
          );
      },
    };
  }

  #injecting({ fault: name, replica }: ActionOf<'inject'>): Turn {
    const fault = faults.find((each) => each.name === name);
    const { topology } = this.#lane.place;
    const one = fault?.concerns === 'one-replica';
    const cannot = fault?.cannot(topology) ?? (fault ? undefined : 'there is no such fault');
    return {
      sentence: `The fault ${name} is injected${one ? ` at ${replica}` : ''}`,
      // What one fault shows its witness, another may hide.
      leftOut: cannot ?? (this.#fault && `${this.#fault.fault.name} is in force`),
      play: async () => {
        this.#lane.touch();
        this.#suffered = true;
        const { history, signal } = this.#lane.ground;
        const concerned = topology.replicas.filter((each) => !one || each.name === replica);
        const passage = this.#passage(this.#clause('recovery'));
        const suffering = await suffer({
          fault: fault!,
          topology,
          concerned,
          history,
          settle: (replicas) => settle(replicas, passage, this.#lane.ground.plan),
          signal,
        });
        this.#fault = { fault: fault!, suffering };
      },
    };
  }

  #restarting({ replica: name }: ActionOf<'restart'>): Turn {
    const { signal } = this.#lane.ground;
    const replica = this.#lane.place.topology.replicas.find((each) => each.name === name)!;
    return {
      sentence: `${name} is restarted`,
      leftOut: this.#fault && 'what it needs to start may be broken',
      play: () =>
        this.#change(replica, () =>
          this.#lane.give(replica, replica.state, (state) => replica.restart(state, signal)),
        ),
    };
  }

  #waiting(): Turn {
    const { history, signal } = this.#lane.ground;
    const ms = (this.#lane.place.topology.replicas[0]?.state.nonceTtlSeconds ?? 0) * 1000 + TTL_MARGIN_MS;
    return {
      sentence: `${ms} ms pass, so that every nonce sent so far may be used again`,
      play: async () => {
        for (const sent of this.#sent) sent.outlived = true;
        const why = 'nonces sent so far may be used again';
        history.append({ type: 'wait', at: history.at(), ...this.#of, ms, why });
        await pause(ms, signal);
      },
    };
  }

  /** What an environment has to complain of here is what became of the replica. */
  async #change(replica: Replica, change: () => Promise<void>): Promise<void> {
    this.#lane.touch();
    const { history } = this.#lane.ground;
    const { topology } = this.#lane.place;
    try {
      await change();
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      history.append({
        type: 'casualty',
        at: history.at(),
        case: this.#of.case,
        topology: topology.name,
        replica: replica.name,
        evidence: error.message,
      });
    }
  }

  async #heal(): Promise<void> {
    const { suffering } = this.#fault ?? {};
    this.#fault = undefined;
    await suffering?.heals();
  }

  /** The states through which a rotation leads. */
  #rotation(): readonly (readonly string[])[] {
    const one = this.#lane.ground.plan.adapter.secretsPerClient === 1;
    return one ? [['current'], ['next']] : [['current'], ['current', 'next'], ['next']];
  }

  #allowed = (client: number): readonly string[] => this.#rotation()[this.#phases[client] ?? 0] ?? [];

  #secret(client: number, which: ActionOf<'send'>['secret']): string {
    return this.#allowed(client).at(which === 'newest' ? -1 : 0)!;
  }

  #valid(client: number, which: ActionOf<'send'>['secret']): WireRequest {
    const { repertoire, clients } = this.#lane;
    return repertoire.signs(clients[client]!, this.#secret(client, which));
  }

  /** What a valid request is sent to find out, as things stand. */
  #weather(fair: Concern): Concern {
    const store = this.#fault?.fault.store;
    if (store === 'away' || store === 'unsure') return 'outage';
    return this.#suffered ? 'recovery' : fair;
  }

  #clause = (concern: Concern): string => this.#lane.repertoire.clauses[concern];

  #send = (to: string, request: WireRequest, concern: Concern): Promise<Seen> =>
    this.#deliver(to, request, this.#clause(concern));

  #deliver(to: string, request: WireRequest, about: string, how = {}): Promise<Seen> {
    const passage = this.#passage(about);
    const { balancer, replicas } = passage.topology;
    const address = to === BALANCER ? balancer : replicas.find(({ name }) => name === to)!;
    return doorTo(to, address, passage).receives(request, how);
  }

  #passage(about: string): Passage {
    const { ground, place, planned } = this.#lane;
    const { topology } = place;
    const secrets = knownSecrets(planned);
    const { answersWithinMs } = ground.plan.adapter.bounds;
    return {
      ...passageOf(topology, { ...this.#of, topology: topology.name, secrets, about }, ground),
      // Late is wrong, and how late does not matter here.
      deadlineMs: answersWithinMs + LATE_MS,
    };
  }

  #tell({ sentence, leftOut }: Pick<Turn, 'sentence' | 'leftOut'>, number?: number): void {
    const { history } = this.#lane.ground;
    history.append({
      type: 'action',
      at: history.at(),
      ...this.#of,
      ...(number !== undefined && { number }),
      sentence,
      ...(leftOut !== undefined && { leftOut }),
    });
  }
}

/** The secrets through which a client is rotated, and one that no signer ever knows. */
export const SECRETS = ['current', 'next'] as const;
export const ROGUE = 'rogue';

const RECOVERY_EVERY_MS = 25;
const TTL_MARGIN_MS = 50;
const LATE_MS = 500;

const ordinal = (number: number): string =>
  ['last', 'second last', 'third last'][number - 1] ?? `${number}th last`;
