import { Command } from '@commander-js/extra-typings';
import * as options from './options.ts';

export interface ExploreOptions extends Omit<options.RunOptions, 'only'> {
  readonly runs: number;
}

export const explore = (ended: options.Ended) =>
  new Command('explore')
    .description(
      'Play random schedules of requests, rotations and faults, and make each that breaks a promise as small as can be.',
    )
    .addOption(options.runsOption())
    .addOption(options.signerOption())
    .addOption(options.envOption())
    .addOption(options.seedOption())
    .addOption(options.outOption())
    .addHelpText('after', `\nWithout --signer the reference signer is explored.\n${options.exitCodes}`)
    .action(async (wish) => ended(await (await import('./run/explore.ts')).explore(wish)));
