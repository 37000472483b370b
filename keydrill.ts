import { Command, CommanderError } from '@commander-js/extra-typings';
import { doctor } from './commands/doctor.ts';
import { drill } from './commands/drill.ts';
import { explore } from './commands/explore.ts';
import { gate } from './commands/gate.ts';
import { judge } from './commands/judge.ts';
import { list } from './commands/list.ts';
import { exitCodes, forgetEmptyVariables } from './commands/options.ts';
import { replay } from './commands/replay.ts';
import { complain, exitCodeFor } from './commands/trouble.ts';
import { vectors } from './commands/vectors.ts';
import { version } from './commands/version.ts';
import { UsageError } from './harness/errors.ts';

/** The command line: it names the commands, runs one, and turns what came of it into an exit code. */
async function main(): Promise<number> {
  let code = 0;
  const program = new Command('keydrill')
    .description('Says with evidence whether a signer may rotate its keys and certificates.')
    .version(await version())
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`keydrill: ${onOneLine(text)}\n`) })
    .addHelpText('after', exitCodes);
  for (const command of [gate, drill, explore, replay, vectors, judge, list, doctor]) {
    program.addCommand(command((ended) => (code = ended)).copyInheritedSettings(program));
  }
  await program.parseAsync();
  return code;
}

/** Commander's "error: unknown option '--sed'" and its hint on a second line, as everything else of ours is said. */
function onOneLine(text: string): string {
  const [what = '', hint] = text
    .replace(/^error: /, '')
    .trim()
    .split('\n');
  const sentence = `${what.charAt(0).toUpperCase()}${what.slice(1)}`.replace(/\.$/, '');
  return `${sentence}${hint === undefined ? '' : ` ${hint}`}; see --help`;
}

async function run(): Promise<void> {
  let code: number;
  try {
    code = await main();
  } catch (error) {
    // Commander has said what is wrong with the words.
    if (!(error instanceof CommanderError)) complain(error);
    code = error instanceof CommanderError ? Math.min(error.exitCode, 1) * 2 : exitCodeFor(error);
  }
  ended = true;
  await Promise.all([process.stdout, process.stderr].map(written));
  // Without waiting for what an adapter may have left open: its timers and connections are not ours.
  process.exit(code);
}

/** A pipe takes so much at a time; what it has not taken yet would be lost with us. */
const written = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((done) => void stream.write('', () => done()));

// Whoever reads our output may stop reading: that is no reason to fall over before everything is taken down.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

// An adapter may be a program: it can end this one, or wait for what never comes. Neither may look green.
let ended = false;
process.on('exit', (code) => {
  if (ended || code === 130) return;
  complain(
    new UsageError('Ended by code it loaded; look for an exit or an endless wait in what --signer names'),
  );
  process.exitCode = 2;
});

// What nobody caught must not end with 1, which says that a signer broke a promise.
process.on('uncaughtException', (error) => {
  complain(error);
  ended = true;
  process.exit(4);
});

forgetEmptyVariables(process.env);
void run();
