import { openJournal } from '../../environments/parts/journal.ts';
import { reservePorts } from '../../environments/parts/ports.ts';
import { prepareBare, startBare } from './bare-start.ts';
import { recordOf, startGate } from './gate-process.ts';
import { atMost, median, type Measurement, shown, spread } from './measurement.ts';
import { gateTopologies } from './plans.ts';

const ROUNDS = 5;

/** How much longer a gate takes than the processes it cannot do without need to start. */
export const gate: Measurement = {
  name: 'gate',
  about: 'a whole gate against a bare start of the processes it needs',
  async measure({ print }) {
    await using journal = openJournal();
    process.on('exit', () => journal.undoNow());
    await using ports = await reservePorts();
    const plans = await gateTopologies();
    const bare = (await Promise.all(plans.map((plan) => prepareBare(plan, { journal, ports })))).flat();
    const bareMs: number[] = [];
    const gateMs: number[] = [];
    const waitsMs: number[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      bareMs.push((await startBare(bare)).tookMs);
      await using run = await startGate();
      const { code, wallMs, output } = await run.ended;
      if (code !== 0) throw new Error(`The gate ended with exit code ${code}:\n${output}`);
      const waited = recordOf(run).waitsMs;
      gateMs.push(wallMs - waited);
      waitsMs.push(waited);
      print(
        `round ${round} (seed ${run.seed}): gate ${shown(wallMs, 'ms')}, of which the contract makes it wait ${shown(waited, 'ms')}; bare start ${shown(bareMs.at(-1)!, 'ms')}`,
      );
    }
    print(`gate without its waits: ${spread(gateMs, 'ms')}`);
    print(`bare start of ${bare.length} processes: ${spread(bareMs, 'ms')}`);
    print(`waits: ${spread(waitsMs, 'ms')}`);
    return [
      atMost('gate / bare start', median(gateMs.map((took, at) => took / bareMs[at]!)), 4),
      atMost('gate waits', median(waitsMs), 6000, 'ms'),
    ];
  },
};
