import type { Fault } from './fault.ts';
import { runs } from './process-of.ts';

export const replicaPaused: Fault = {
  name: 'replica-paused',
  sentence: 'A replica is stopped in its tracks; its connections stay open.',
  store: 'sound',
  concerns: 'one-replica',
  silences: 'replicas',
  shows: 'at-rest',
  cannot: ({ cannot }) => cannot.pause,
  prepare: (_topology, concerned) =>
    Promise.resolve({
      async inject() {
        await Promise.all(concerned.map((replica) => replica.pause()));
      },
      witness: () => runs(concerned, 'paused'),
      async heal() {
        await Promise.all(concerned.map((replica) => replica.resume()));
      },
      isOver: () => runs(concerned, 'running'),
    }),
};
