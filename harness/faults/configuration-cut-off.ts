import type { Fault } from './fault.ts';
import { asItWas, runs } from './process-of.ts';

export const configurationCutOff: Fault = {
  name: 'configuration-cut-off',
  sentence: 'A replica is told of a change, and finds its configuration cut off in the middle.',
  // It may go on as before or serve nobody until it has been put right.
  store: 'unsure',
  concerns: 'one-replica',
  silences: 'replicas',
  shows: 'at-rest',
  cannot: ({ cannot }) => cannot['cut-configuration'],
  prepare: (_topology, concerned, signal) => {
    let told: readonly string[] = [];
    return Promise.resolve({
      async inject() {
        told = await Promise.all(concerned.map((replica) => replica.applyCutOff(signal)));
      },
      witness: () =>
        Promise.resolve({
          so: told.length > 0,
          evidence: told.length > 0 ? told.join(', ') : 'nobody was given anything',
        }),
      async heal() {
        await Promise.all(concerned.map((replica) => replica.restart(asItWas(replica), AbortSignal.any([]))));
      },
      isOver: () => runs(concerned, 'running'),
    });
  },
};
