import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { monotonicMs, pause } from '../../harness/clock.ts';
import { findingsFileSchema } from '../../harness/judge/findings.ts';
import { writeMadeUpTraffic } from './made-up-traffic.ts';
import { atLeast, atMost, type Measurement, shown } from './measurement.ts';
import { peakMemoryMiB } from './proc.ts';

const RECORDS = 1_000_000;
const LOOK_EVERY_MS = 20;

const launcher = fileURLToPath(new URL('../keydrill', import.meta.url));

/** What it costs to judge a long history again, from starting the command to its end. */
export const judging: Measurement = {
  name: 'judging',
  about: 'records of a long drill that keydrill judge judges in a second, and what memory it needs',
  async measure({ print }) {
    const long = await judged(RECORDS);
    const longer = await judged(2 * RECORDS);
    for (const { records, seconds, peakMiB } of [long, longer])
      print(`${shown(records)} records in ${shown(seconds, 's')}, at most ${shown(peakMiB, 'MiB')}`);
    return [
      atLeast('judging', long.records / long.seconds, 200_000, 'records/s'),
      atMost('peak memory of judging', long.peakMiB, 300, 'MiB'),
      atMost('peak memory of judging twice as much', longer.peakMiB / long.peakMiB, 1.2),
    ];
  },
};

async function judged(leastRecords: number) {
  const folder = await mkdtemp(join(tmpdir(), 'keydrill-bench-'));
  try {
    const run = join(folder, 'run');
    await mkdir(run);
    const records = await writeMadeUpTraffic(join(run, 'history.jsonl'), leastRecords);
    return { records, ...(await judge(run)) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function judge(run: string) {
  const from = monotonicMs();
  const child = spawn(launcher, ['judge', run, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const closed = once(child, 'close');
  let peakMiB = 0;
  while (child.exitCode === null && child.signalCode === null) {
    peakMiB = Math.max(peakMiB, peakMemoryMiB(child.pid ?? 0) ?? 0);
    await pause(LOOK_EVERY_MS);
  }
  const seconds = (monotonicMs() - from) / 1000;
  await closed;
  const { findings } = findingsFileSchema.parse(JSON.parse(output));
  const odd = findings.find(({ outcome }) => outcome !== 'pass');
  if (odd) throw new Error(`A drill without a fault was not passed: ${JSON.stringify(odd)}`);
  return { seconds, peakMiB };
}
