import { Command } from '@commander-js/extra-typings';
import * as options from './options.ts';

export type ReplayOptions = Omit<options.RunOptions, 'only'>;

export const replay = (ended: options.Ended) =>
  new Command('replay')
    .description('Play a saved schedule again, five times over, since a race is not lost each time.')
    .argument('<schedule>', 'a file that keydrill explore wrote')
    .addOption(options.signerOption())
    .addOption(options.envOption())
    .addOption(options.outOption())
    .addHelpText('after', `\nWithout --signer it is played to the reference signer.\n${options.exitCodes}`)
    .action(async (path, wish) => ended(await (await import('./run/replay.ts')).replay(path, wish)));
