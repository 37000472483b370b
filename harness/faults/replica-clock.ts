import type { Fault } from './fault.ts';
import { asItWas } from './process-of.ts';

/** Within what the usual limits allow, so that some requests are good by one clock and stale by the other. */
const OFF_MS = 30_000;

const byClock = (name: string, sentence: string, offsetMs: number): Fault => ({
  name,
  sentence,
  store: 'sound',
  concerns: 'one-replica',
  silences: 'replicas',
  clockOffsetMs: offsetMs,
  shows: 'at-rest',
  cannot: ({ cannot }) => cannot['skew-clock'],
  prepare: (_topology, concerned, signal) =>
    Promise.resolve({
      async inject() {
        await Promise.all(
          concerned.map((replica) => replica.restart(asItWas(replica), signal, { clockOffsetMs: offsetMs })),
        );
      },
      async witness() {
        const found = await Promise.all(concerned.map((replica) => replica.runsByOtherClock()));
        const evidence = found.map((each) => each.evidence).join(', ');
        return { so: found.every(({ so }) => so), evidence };
      },
      async heal() {
        await Promise.all(concerned.map((replica) => replica.restart(asItWas(replica), AbortSignal.any([]))));
      },
      async isOver() {
        const found = await Promise.all(concerned.map((replica) => replica.runsByOtherClock()));
        return { so: found.every(({ so }) => !so), evidence: found.map((each) => each.evidence).join(', ') };
      },
    }),
});

export const replicaClockAhead = byClock(
  'replica-clock-ahead',
  `The clock of a replica is ${OFF_MS / 1000} s ahead of everybody else's.`,
  OFF_MS,
);

export const replicaClockBehind = byClock(
  'replica-clock-behind',
  `The clock of a replica is ${OFF_MS / 1000} s behind everybody else's.`,
  -OFF_MS,
);
