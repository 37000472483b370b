import { Command, CommanderError } from '@commander-js/extra-typings';
import { doctor } from './commands/doctor.ts';
import { gate } from './commands/gate.ts';
import { judge } from './commands/judge.ts';
import { list } from './commands/list.ts';
import { exitCodes } from './commands/options.ts';
import { complain, exitCodeFor } from './commands/trouble.ts';
import { vectors } from './commands/vectors.ts';
import { version } from './commands/version.ts';

/** The command line: it names the commands, runs one, and turns what came of it into an exit code. */
async function main(): Promise<number> {
  let code = 0;
  const program = new Command('keydrill')
    .description('Says with evidence whether a signer may rotate its keys and certificates.')
    .version(await version())
    .exitOverride()
    .showHelpAfterError('(see --help)')
    .addHelpText('after', exitCodes);
  for (const command of [gate, vectors, judge, list, doctor]) {
    program.addCommand(command((ended) => (code = ended)).copyInheritedSettings(program));
  }
  await program.parseAsync();
  return code;
}

// Whoever reads our output may stop reading: that is no reason to fall over before everything is taken down.
process.stdout.on('error', () => undefined);

try {
  process.exitCode = await main();
} catch (error) {
  // Commander has said what is wrong with the words.
  if (!(error instanceof CommanderError)) complain(error);
  process.exitCode = error instanceof CommanderError ? Math.min(error.exitCode, 1) * 2 : exitCodeFor(error);
}
