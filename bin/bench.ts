import { parseArgs } from 'node:util';
import { explain, UsageError } from '../harness/errors.ts';
import { explore } from './bench/explore.ts';
import { exploreFinds } from './bench/explore-finds.ts';
import { faultProxy } from './bench/fault-proxy.ts';
import { gate } from './bench/gate.ts';
import { judging } from './bench/judging.ts';
import { load } from './bench/load.ts';
import { line, type Measurement } from './bench/measurement.ts';
import { memory } from './bench/memory.ts';
import { oracle } from './bench/oracle.ts';
import { rotation } from './bench/rotation.ts';
import { chaosSoak, drills, soak } from './bench/soak.ts';
import { topology } from './bench/topology.ts';
import { traffic } from './bench/traffic.ts';

/** Measures the project against its own limits; the quick ones first. */
const measurements: readonly Measurement[] = [
  gate,
  topology,
  faultProxy,
  memory,
  oracle,
  judging,
  rotation,
  explore,
  exploreFinds,
  traffic,
  load,
  soak,
  drills,
  chaosSoak,
];

const help = `Usage: npm run bench -- [${measurements.map(({ name }) => name).join('] [')}] [--runs N]

Measures the project against its limits, all of them unless some are named. Speed is a ratio of things measured in the
same run, so that a slow machine misses nothing by being slow.

${measurements.map(({ name, about }) => `  ${name.padEnd(13)} ${about}`).join('\n')}

  --runs N   how many gates soak runs, and drills and chaos half as many (default 60)
  --help     this

Exit codes: 0 every limit was kept, 1 one was missed, 2 a mistake in the command line, 3 something could not be measured.
`;

async function main(): Promise<number> {
  const { chosen, runs, wantsHelp } = understood(process.argv.slice(2));
  if (wantsHelp) {
    print(help.trimEnd());
    return 0;
  }
  let missed = 0;
  for (const measurement of chosen) {
    print(`== ${measurement.name}`);
    for (const figure of await measurement.measure({ print: (text) => print(`   ${text}`), runs })) {
      print(line(figure));
      if (!figure.ok) missed += 1;
    }
  }
  return missed > 0 ? 1 : 0;
}

const print = (text: string): void => void process.stdout.write(`${text}\n`);

function understood(args: string[]) {
  const { values, positionals } = parsed(args);
  const names = measurements.map(({ name }) => name);
  const unknown = positionals.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`Nothing to measure is called "${unknown}"; there is ${names.join(', ')}`);
  const runs = Number(values.runs);
  if (!/^[0-9]+$/.test(values.runs) || runs < 1)
    throw new UsageError(`--runs must be a whole number above 0, not "${values.runs}"`);
  const chosen = measurements.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  return { chosen, runs, wantsHelp: values.help };
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { runs: { type: 'string', default: '60' }, help: { type: 'boolean', default: false } },
    });
  } catch (error) {
    throw new UsageError(explain(error));
  }
}

// An exit does what is left to do; the signal alone would not.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

try {
  process.exitCode = await main();
} catch (error) {
  const byMistake = error instanceof UsageError;
  process.stderr.write(`bench: ${explain(error)}${byMistake ? ' (see --help)' : ''}\n`);
  process.exitCode = byMistake ? 2 : 3;
}
