import { monotonicMs } from '../../harness/clock.ts';
import { vectorFiles } from '../../suites/vectors/edge.ts';
import { judgeVectors } from '../../vectors/judge.ts';
import { loadVectors } from '../../vectors/load.ts';
import { atLeast, type Measurement, shown } from './measurement.ts';

const FOR_MS = 2000;

/** How many requests the oracle judges in a second, one after the other. */
export const oracle: Measurement = {
  name: 'oracle',
  about: 'steps of our vector files judged in a second',
  async measure({ print }) {
    const files = await Promise.all(vectorFiles.map(loadVectors));
    const from = monotonicMs();
    let steps = 0;
    let rounds = 0;
    while (monotonicMs() - from < FOR_MS) {
      for (const file of files) {
        for (const { id, ok, steps: judged } of judgeVectors(file)) {
          if (!ok) throw new Error(`The oracle disagrees with vector ${id}; its speed means nothing`);
          steps += judged.length;
        }
      }
      rounds += 1;
    }
    const seconds = (monotonicMs() - from) / 1000;
    print(`${shown(steps)} steps in ${shown(seconds, 's')}, ${shown(rounds)} times ${files.length} files`);
    return [atLeast('oracle', steps / seconds, 20_000, 'steps/s')];
  },
};
