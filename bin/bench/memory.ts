import { pause } from '../../harness/clock.ts';
import { startGate } from './gate-process.ts';
import { atMost, median, type Measurement, shown, spread } from './measurement.ts';
import { peakMemoryMiB } from './proc.ts';

const RUNS = 3;
const LOOK_EVERY_MS = 20;

/** The most memory the harness itself holds during a gate; the processes it starts have their own. */
export const memory: Measurement = {
  name: 'memory',
  about: 'the most resident memory of the harness during a gate',
  async measure({ print }) {
    const peaks: number[] = [];
    for (let run = 1; run <= RUNS; run += 1) {
      await using process = await startGate();
      let peak = 0;
      while (process.running()) {
        peak = Math.max(peak, peakMemoryMiB(process.pid) ?? 0);
        await pause(LOOK_EVERY_MS);
      }
      const { code, output } = await process.ended;
      if (code !== 0) throw new Error(`The gate ended with exit code ${code}:\n${output}`);
      peaks.push(peak);
      print(`run ${run} (seed ${process.seed}): ${shown(peak, 'MiB')}`);
    }
    print(`peak: ${spread(peaks, 'MiB')}`);
    return [atMost('peak memory of the harness', median(peaks), 200, 'MiB')];
  },
};
