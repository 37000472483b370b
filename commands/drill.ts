import { Command } from '@commander-js/extra-typings';
import * as options from './options.ts';

export interface DrillOptions extends options.RunOptions {
  readonly operator?: string | undefined;
  readonly reason?: string | undefined;
}

export const drill = (ended: options.Ended) =>
  new Command('drill')
    .description(
      'Rehearse the rotations of the runbook under live traffic, abandon them at every point, and give one verdict.',
    )
    .addOption(options.signerOption())
    .addOption(options.envOption())
    .addOption(options.onlyOption())
    .addOption(options.seedOption())
    .addOption(options.outOption())
    .addOption(options.operatorOption())
    .addOption(options.reasonOption())
    .addHelpText(
      'after',
      `\nWithout --signer the reference signer is drilled. What --only can name: keydrill list courses. With a fault in the middle of each step, and on the way back: --only chaos.\n${options.exitCodes}`,
    )
    .action(async (chosenOptions) => ended(await (await import('./run/drill.ts')).drill(chosenOptions)));
