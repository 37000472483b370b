import { availableParallelism } from 'node:os';
import { openJournal, type Journal } from '../../environments/parts/journal.ts';
import { reservePorts } from '../../environments/parts/ports.ts';
import { processEnvironment } from '../../environments/process.ts';
import { monotonicMs } from '../../harness/clock.ts';
import type { TopologyPlan } from '../../harness/run/environment.ts';
import { type BareStart, prepareBare, startBare } from './bare-start.ts';
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
    await using ports = await reservePorts();
    const plan = (await gateTopologies())[0]!;
    const bare = await prepareBare(plan, { journal, ports });
    const cores = availableParallelism();
    const opened: number[] = [];
    const singles = new Map<string, BareStart[]>(bare.map(({ name }) => [name, []]));
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (const each of bare) singles.get(each.name)!.push(await startBare([each]));
      const { tookMs, usedMs } = await open(plan, journal);
      opened.push(tookMs);
      print(
        `round ${round}: open ${shown(tookMs, 'ms')}, its processes had used ${shown(usedMs, 'ms')} of processor time; alone: ${alone(singles)}`,
      );
    }
    print(`open: ${spread(opened, 'ms')}`);
    const typical = [...singles].map(([name, starts]) => ({
      name,
      tookMs: median(starts.map((start) => start.tookMs)),
      processorMs: median(starts.map((start) => start.processorMs)),
    }));
    for (const each of typical)
      print(
        `${each.name} alone: median ${shown(each.tookMs, 'ms')}, processor ${shown(each.processorMs, 'ms')}`,
      );
    const slowest = Math.max(...typical.map((each) => each.tookMs));
    const work = typical.reduce((sum, each) => sum + each.processorMs, 0) / cores;
    print(
      `the least: slowest alone ${shown(slowest, 'ms')}, all their work on ${cores} cores ${shown(work, 'ms')}`,
    );
    return [atMost('topology / the least it can take', median(opened) / Math.max(slowest, work), 1.3)];
  },
};

const alone = (singles: ReadonlyMap<string, readonly BareStart[]>): string =>
  [...singles].map(([name, starts]) => `${name} ${shown(starts.at(-1)!.tookMs, 'ms')}`).join(', ');

async function open(plan: TopologyPlan, journal: Journal): Promise<{ tookMs: number; usedMs: number }> {
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
  if (up.replicas.length === 0) throw new Error('A topology without replicas shows nothing');
  return { tookMs, usedMs: pids.reduce((sum, pid) => sum + (processorMs(pid) ?? 0), 0) };
}
