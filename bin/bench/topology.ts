import { availableParallelism } from 'node:os';
import { openJournal, type Journal } from '../../environments/parts/journal.ts';
import { reservePorts } from '../../environments/parts/ports.ts';
import { processEnvironment } from '../../environments/process.ts';
import { monotonicMs } from '../../harness/clock.ts';
import type { TopologyPlan } from '../../harness/run/environment.ts';
import { type Bare, type BareStart, prepareBare, startBare } from './bare-start.ts';
import { atMost, median, type Measurement, shown, spread } from './measurement.ts';
import { gateTopologies } from './plans.ts';
import { processorMs } from './proc.ts';

const ROUNDS = 7;

/**
 * What it costs to bring one topology up, against the least it can cost: no sooner than its slowest process alone, and
 * no sooner than the processors can do the work of all of them.
 */
export const topology: Measurement = {
  name: 'topology',
  about: 'bringing one topology up against the least its processes need',
  async measure({ print }) {
    await using journal = openJournal();
    process.on('exit', () => journal.undoNow());
    await using ports = await reservePorts();
    const [plan] = await gateTopologies();
    const bare = await prepareBare(plan!, { journal, ports });
    const cores = availableParallelism();
    const opened: number[] = [];
    const least: number[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      const singles = await oneByOne(bare);
      const { tookMs, workMs } = await open(plan!, journal);
      const slowest = Math.max(...singles.map((single) => single.tookMs));
      opened.push(tookMs);
      least.push(Math.max(slowest, workMs / cores));
      print(
        `round ${round}: open ${shown(tookMs, 'ms')}, for which its processes worked ${shown(workMs, 'ms')}; alone ${alone(bare, singles)}`,
      );
    }
    print(`open: ${spread(opened, 'ms')}`);
    print(`the slowest alone, or all their work on ${cores} cores: ${spread(least, 'ms')}`);
    // Round by round, since what else the machine does comes and goes.
    const ratios = opened.map((took, at) => took / least[at]!);
    return [atMost('topology / the least it can take', median(ratios), 1.3)];
  },
};

async function oneByOne(bare: readonly Bare[]): Promise<BareStart[]> {
  const singles: BareStart[] = [];
  for (const each of bare) singles.push(await startBare([each]));
  return singles;
}

const alone = (bare: readonly Bare[], singles: readonly BareStart[]): string =>
  bare.map(({ name }, at) => `${name} ${shown(singles[at]!.tookMs, 'ms')}`).join(', ');

async function open(plan: TopologyPlan, journal: Journal): Promise<{ tookMs: number; workMs: number }> {
  const pids: number[] = [];
  const watched: Journal = {
    ...journal,
    spawned(name, pid) {
      journal.spawned(name, pid);
      pids.push(pid);
    },
  };
  const from = monotonicMs();
  await using up = await processEnvironment(watched).open(plan, new AbortController().signal);
  const tookMs = monotonicMs() - from;
  const others = pids.length - up.replicas.length;
  if (others < 1 || others > 2)
    throw new Error('A topology is its replicas, their store and a fault proxy, which may be built in');
  return { tookMs, workMs: pids.reduce((sum, pid) => sum + (processorMs(pid) ?? 0), 0) };
}
