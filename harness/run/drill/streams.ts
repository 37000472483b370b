import { pause } from '../../clock.ts';
import type { Contract, Signing } from '../../contract/contract.ts';
import type { Chance } from '../../seed.ts';
import type { Adapter } from '../../signer/adapter.ts';
import { offerOf } from '../../signer/offer.ts';
import { arrivals, type Pace } from '../../traffic/arrivals.ts';
import { type Flow, OpenModel } from '../../traffic/open-model.ts';
import type { Canaries } from '../canaries.ts';
import type { PlannedClient } from '../clients.ts';
import type { Passage } from '../door.ts';
import { BALANCER } from '../preconditions.ts';
import { AnswerSearch } from './answer-search.ts';
import { SpentNonces } from './nonces.ts';
import type { StreamPlan, Use } from './procedure.ts';
import { Stream } from './stream.ts';
import { type Place, Ways } from './ways.ts';

/** The requests that flow while a procedure is carried out. */
export interface Streams extends AsyncDisposable {
  /** What honest clients do from now on. Nothing is sent before they are told for the first time. */
  follow(use: Use): void;
  /** Sends nothing straight to a replica any more, and settles when what was under way there has ended. */
  suspend(replica: string): Promise<void>;
  resume(replica: string): void;
  /** Clients give up the connections that they keep through the balancer, as they do every now and then. */
  renew(): Promise<void>;
  /**
   * Has each stream send one more out of turn, a few at a time, and settles when all have ended; only those that do
   * anything else than before, where it is said what clients did then.
   */
  round(before?: Use): Promise<void>;
  /**
   * Has one request of each honest client that opens a connection for it, to this replica or through the balancer, lie
   * half written while something is done to the replica: whoever cuts connections off cuts these off.
   */
  during<T>(replica: string, work: () => Promise<T>): Promise<T>;
  /** Ends all arrivals, and settles when nothing is under way. */
  stop(): Promise<void>;
}

export interface StreamsOrder<Client extends Signing> {
  readonly plans: readonly StreamPlan<Client>[];
  readonly passage: Passage;
  readonly clients: ReadonlyMap<string, PlannedClient>;
  readonly contract: Contract<unknown, unknown, unknown, Client>;
  readonly adapter: Adapter;
  readonly canaries: Canaries;
  readonly chance: Chance;
}

interface Running<Client extends Signing> {
  readonly stream: Stream<Client>;
  readonly flow: Flow;
}

/** Makes ready the streams of a procedure: each plan on each of its ways, on each of its kinds of connection. */
export function startStreams<Client extends Signing>(order: StreamsOrder<Client>): Streams {
  const { passage, canaries } = order;
  const { signal } = passage;
  const ways = new Ways(passage);
  const search = new AnswerSearch(canaries);
  const model = new OpenModel();
  let use: Use | undefined;
  let running: readonly Running<Client>[] = [];
  let stopped = false;

  const inUse = (): Use => {
    if (!use) throw new Error('No stream flows before it is known what clients do');
    return use;
  };
  const cutOff = (): void => {
    model.stop();
    void ways.close();
  };
  signal.addEventListener('abort', cutOff, { once: true });
  const all = async (settle: (flow: Flow) => Promise<void>, some = running): Promise<void> => {
    await Promise.all(some.map(({ flow }) => settle(flow)));
    signal.throwIfAborted();
    model.throwIfFailed();
  };
  const at = (place: string): Running<Client>[] => running.filter(({ stream }) => stream.place === place);

  return {
    follow(next) {
      use = next;
      if (running.length > 0 || signal.aborted) return;
      const streams = expand(order, { ways, search, use: inUse });
      running = streams.map(({ plan, name, stream }) => ({
        stream,
        flow: model.add({
          arrivals: arrivals(paceOf(plan), order.chance.of(name)),
          atOnce: atOnce(plan.perSecond, passage.deadlineMs),
          send: (due) => stream.send(due),
          drop: (due) => stream.drop(due),
        }),
      }));
    },
    async suspend(replica) {
      for (const { stream } of at(replica)) stream.suspend();
      const over = new AbortController();
      const late = pause(passage.deadlineMs, AbortSignal.any([over.signal, signal])).catch(() => undefined);
      await Promise.race([all((flow) => flow.quiet(), at(replica)), late]);
      over.abort();
      await ways.renew(replica);
    },
    resume(replica) {
      for (const { stream } of at(replica)) stream.resume();
    },
    renew: () => ways.renew(BALANCER),
    async round(before) {
      const waiting = running.filter(({ stream }) => !before || stream.goesOnOtherwiseThan(before));
      const inTurn = async (): Promise<void> => {
        for (let next = waiting.shift(); next; next = waiting.shift())
          await all((flow) => flow.extra(), [next]);
      };
      await Promise.all(Array.from({ length: ABREAST }, inTurn));
    },
    async during(replica, work) {
      const done = Promise.withResolvers<void>();
      const until = Promise.race([done.promise, pause(HELD_MS, signal).catch(() => undefined)]);
      const there = [...at(replica), ...at(BALANCER)].filter(({ stream }) => stream.isHonestAndFresh);
      const held = there.map(({ stream, flow }) => {
        const begun = Promise.withResolvers<void>();
        const ended = flow.extra((due) => stream.send(due, { begun: begun.resolve, until }));
        return { begun: Promise.race([begun.promise, ended]), ended };
      });
      await Promise.all(held.map(({ begun }) => begun));
      try {
        return await work();
      } finally {
        done.resolve();
        await Promise.all(held.map(({ ended }) => ended));
      }
    },
    async stop() {
      if (stopped) return;
      stopped = true;
      model.stop();
      try {
        await all((flow) => flow.quiet());
      } finally {
        signal.removeEventListener('abort', cutOff);
        await ways.close();
        const { recorder, topology } = passage;
        recorder.history.append({
          type: 'scan',
          at: recorder.history.at(),
          where: 'answers',
          topology: topology.name,
          replica: null,
          bytes: search.bytes,
          needles: canaries.count,
          leaks: search.leaks,
        });
      }
    },
    async [Symbol.asyncDispose]() {
      await this.stop();
    },
  };
}

/** Fast streams grow fast, so that no signer is met with a wall of handshakes. No procedure comes near the bounds. */
const paceOf = ({ perSecond }: { readonly perSecond: number }): Pace => ({
  perSecond,
  ramp: { from: Math.min(perSecond, 20), ms: RAMP_MS },
  lastsMs: 30 * 60_000,
  count: 1_000_000,
});
const RAMP_MS = 1000;

/** A signer that answers nothing holds every request for a handshake and an answer; that alone drops none of a slow stream. */
const atOnce = (perSecond: number, deadlineMs: number): number =>
  Math.min(MOST_AT_ONCE, 4 + Math.ceil((2 * perSecond * deadlineMs) / 1000));
const MOST_AT_ONCE = 256;

/** Far within what a signer may take to answer, however long the work is. */
const HELD_MS = 500;

/** As many handshakes as two cores take without anybody having to wait for long. */
const ABREAST = 6;

function expand<Client extends Signing>(
  { plans, passage, clients, contract, adapter, canaries, chance }: StreamsOrder<Client>,
  shared: { readonly ways: Ways; readonly search: AnswerSearch; readonly use: () => Use },
) {
  const { topology } = passage;
  const { nonceTtlSeconds } = topology.replicas[0]!.state;
  const places: Record<'replicas' | 'balancer', readonly Place[]> = {
    replicas: topology.replicas.map(({ name, host, port }) => ({ name, host, port, direct: true })),
    balancer: [{ name: BALANCER, host: topology.balancer.host, port: topology.balancer.port, direct: false }],
  };
  const spent = new Map(
    [...clients.keys()].map((name) => [
      name,
      new SpentNonces(nonceTtlSeconds * 1000, chance.of(`${name}/spent`)),
    ]),
  );
  const ground = { contract, passage, canaries, offer: offerOf(adapter), ...shared };
  return plans.flatMap((plan) => {
    const client = clients.get(plan.client);
    if (!client) throw new Error(`Stream ${plan.id} has no client "${plan.client}"`);
    const nonces = spent.get(plan.client)!;
    return plan.to
      .flatMap((to) => places[to])
      .flatMap((place) =>
        plan.on.map((mode) => ({
          plan,
          name: `${plan.id}/${place.name}/${mode}`,
          stream: new Stream({ ...ground, plan, place, mode, client, nonces }),
        })),
      );
  });
}
