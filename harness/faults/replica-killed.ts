import type { Fault } from './fault.ts';
import { asItWas, runs } from './process-of.ts';

export const replicaKilled: Fault = {
  name: 'replica-killed',
  sentence: 'A replica ends at once, as by a crash, until it is started anew.',
  store: 'sound',
  concerns: 'one-replica',
  silences: 'replicas',
  shows: 'at-rest',
  cannot: ({ cannot }) => cannot.kill,
  prepare: (_topology, concerned) =>
    Promise.resolve({
      async inject() {
        await Promise.all(concerned.map((replica) => replica.kill()));
      },
      witness: () => runs(concerned, 'ended'),
      // Nobody waits for less when a run is interrupted: what was ended has to be there again for whoever comes next.
      async heal() {
        await Promise.all(concerned.map((replica) => replica.restart(asItWas(replica), AbortSignal.any([]))));
      },
      isOver: () => runs(concerned, 'running'),
    }),
};
