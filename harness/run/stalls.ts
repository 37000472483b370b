import type { EventOf } from '../judge/events.ts';
import type { History } from '../judge/history.ts';
import { openConnection, type Connection } from '../traffic/connection.ts';
import { monotonicMs, pause } from '../clock.ts';
import type { Replica, Topology, TopologyPlan } from './environment.ts';
import { Intact } from './intact.ts';

/** Beyond this a beat was not merely late on a busy machine. */
const LATE_MS = { harness: 100, store: 150, way: 150, replica: 250 } as const;
/** A beat by a way costs a connection each time; stores are given up after longer than this. */
const EVERY_MS = { harness: 20, store: 50, way: 250, replica: 100 } as const;

/** Somebody who has to keep a beat. */
interface Watched extends Pick<EventOf<'stall'>, 'who' | 'topology' | 'replica'> {
  readonly beat: (signal: AbortSignal) => Promise<unknown>;
  /** Aborts when nobody waits for a beat any more. */
  readonly until: () => AbortSignal;
}

/**
 * Watches whether we, a store, a replica or its way to the store stood still, by beats that each of them must keep.
 * What a standstill overlaps cannot be held to a bound.
 */
export class StallWatch implements AsyncDisposable {
  readonly #history: History;
  readonly #over = new AbortController();
  readonly #intact = new Intact();
  readonly #watches: Promise<void>[] = [];
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #monitors: ReturnType<typeof monitorOf>[] = [];

  constructor(history: History) {
    this.#history = history;
    history.listen((event) => {
      if (event.type === 'fault') this.#intact.hear(event);
    });
    this.#watch({
      who: 'harness',
      topology: null,
      replica: null,
      beat: (signal) => pause(EVERY_MS.harness, signal),
      until: () => this.#over.signal,
    });
  }

  watch({ name: topology, replicas, store }: Topology, plan: TopologyPlan): void {
    const until = (): AbortSignal => this.#intact.until(topology);
    this.#watch({ who: 'store', topology, replica: null, beat: () => store.ping(), until });
    for (const replica of replicas) {
      const { name } = replica;
      const monitor = monitorOf(replica, plan);
      this.#monitors.push(monitor);
      const at = { topology, replica: name };
      this.#watch({ who: 'way', ...at, beat: () => store.pingBy(name), until });
      this.#watch({
        who: 'replica',
        ...at,
        beat: (signal) => monitor.ask(signal),
        until: () => this.#over.signal,
      });
    }
  }

  /** Lets every beat that is under way come in, so that what is known of standstills is up to date. Nobody waits for long. */
  async settled(): Promise<void> {
    const late = pause(EVERY_MS.replica + 2 * EVERY_MS.harness, this.#over.signal).catch(() => undefined);
    await Promise.race([Promise.all(this.#underWay), late]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    this.#intact[Symbol.dispose]();
    await Promise.all(this.#watches);
    await Promise.all(this.#monitors.map((monitor) => monitor.close()));
  }

  #watch(watched: Watched): void {
    this.#watches.push(this.#beats(watched));
  }

  async #beats(watched: Watched): Promise<void> {
    const { signal: over } = this.#over;
    while (!over.aborted) {
      const until = watched.until();
      if (!until.aborted) {
        const beat = this.#beat(watched, until);
        this.#underWay.add(beat);
        await beat;
        this.#underWay.delete(beat);
      }
      if (watched.who !== 'harness') await pause(EVERY_MS[watched.who], over).catch(() => undefined);
    }
  }

  async #beat({ who, topology, replica, beat }: Watched, until: AbortSignal): Promise<void> {
    const from = monotonicMs();
    await comesIn(beat(until), until);
    const to = monotonicMs();
    const [due, since] = who === 'harness' ? [EVERY_MS.harness, 0] : [0, EVERY_MS[who]];
    if (to - from - due <= LATE_MS[who]) return;
    this.#history.append({
      type: 'stall',
      at: this.#history.at(),
      who,
      topology,
      replica,
      // It may have begun right after the beat before.
      from: this.#history.at(from - since),
      to: this.#history.at(to),
    });
  }
}

/** Settles when a beat has come in, or when nobody waits for it. One that fails at once says nothing of standing still. */
async function comesIn(beat: Promise<unknown>, until: AbortSignal): Promise<void> {
  const { promise: givenUp, resolve } = Promise.withResolvers<void>();
  const giveUp = (): void => resolve();
  until.addEventListener('abort', giveUp);
  await Promise.race([beat.catch(() => undefined), givenUp]);
  until.removeEventListener('abort', giveUp);
}

/** Asks for readiness on a connection that is kept for this, as any monitoring does. */
function monitorOf(replica: Replica, plan: TopologyPlan) {
  let connection: Connection | undefined;
  let turn = 0;
  return {
    async ask(signal: AbortSignal): Promise<void> {
      const limits = { deadlineMs: 10_000, signal };
      if (connection === undefined || connection.closed) {
        const operators = plan.operators(replica.state);
        const identity = operators[turn % operators.length];
        turn += 1;
        const opened = await openConnection({
          host: replica.host,
          port: replica.port,
          ...(identity && { identity }),
          serverTrust: plan.serverTrust,
          ...limits,
        });
        connection = opened.kind === 'connection' ? opened : undefined;
      }
      const target = plan.adapter.ready.get;
      await connection?.send({ method: 'GET', target, headers: [], body: new Uint8Array() }, limits);
    },
    close: async (): Promise<void> => connection?.close(),
  };
}
