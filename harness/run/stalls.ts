import type { History } from '../judge/history.ts';
import { openConnection, type Connection } from '../traffic/connection.ts';
import { monotonicMs, pause } from '../clock.ts';
import type { Replica, Topology, TopologyPlan } from './environment.ts';

/** Beyond this a beat was not merely late on a busy machine. */
const LATE_MS = { harness: 100, store: 150, replica: 250 } as const;
const EVERY_MS = { harness: 20, store: 50, replica: 100 } as const;

type Who = keyof typeof LATE_MS;

/**
 * Watches whether we, a store or a replica stood still, by beats that each of them must keep. What a standstill
 * overlaps cannot be held to a bound.
 */
export class StallWatch implements AsyncDisposable {
  readonly #history: History;
  readonly #over = new AbortController();
  readonly #beats: Promise<void>[] = [];
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #monitors: ReturnType<typeof monitorOf>[] = [];

  constructor(history: History) {
    this.#history = history;
    this.#beats.push(this.#watch('harness', null, null, (signal) => pause(EVERY_MS.harness, signal)));
  }

  watch(topology: Topology, plan: TopologyPlan): void {
    this.#beats.push(this.#watch('store', topology.name, null, () => topology.store.ping()));
    for (const replica of topology.replicas) {
      const monitor = monitorOf(replica, plan);
      this.#monitors.push(monitor);
      this.#beats.push(this.#watch('replica', topology.name, replica.name, (signal) => monitor.ask(signal)));
    }
  }

  /** Lets every beat that is under way come in, so that what is known of standstills is up to date. Nobody waits for long. */
  async settled(): Promise<void> {
    const late = pause(EVERY_MS.replica + 2 * EVERY_MS.harness, this.#over.signal).catch(() => undefined);
    await Promise.race([Promise.all(this.#underWay), late]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await Promise.all(this.#beats);
    await Promise.all(this.#monitors.map((monitor) => monitor.close()));
  }

  async #watch(
    who: Who,
    topology: string | null,
    replica: string | null,
    beat: (signal: AbortSignal) => Promise<unknown>,
  ) {
    const { signal } = this.#over;
    while (!signal.aborted) {
      const from = monotonicMs();
      // A beat that fails says nothing of standing still: an outage is witnessed elsewhere.
      const coming = beat(signal).catch(() => undefined);
      this.#underWay.add(coming);
      await coming;
      const took = monotonicMs() - from;
      const late = took - (who === 'harness' ? EVERY_MS.harness : 0);
      if (late > LATE_MS[who] && !signal.aborted) {
        this.#history.append({
          type: 'stall',
          at: this.#history.at(),
          who,
          topology,
          replica,
          // It may have begun right after the beat before.
          from: this.#history.at(from - (who === 'harness' ? 0 : EVERY_MS[who])),
          to: this.#history.at(),
        });
      }
      this.#underWay.delete(coming);
      if (who !== 'harness') await pause(EVERY_MS[who], signal).catch(() => undefined);
    }
  }
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
