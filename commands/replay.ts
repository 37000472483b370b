import { Command } from '@commander-js/extra-typings';
import { referenceAdapter } from '../environments/signers/list.ts';
import { signerAuthV1 } from '../harness/contract/signer-auth-v1/signer-auth-v1.ts';
import { faults } from '../harness/faults/list.ts';
import { runReplay } from '../harness/run/explore/explore.ts';
import { readSchedule } from '../harness/run/explore/schedule.ts';
import { loadAdapter } from '../harness/signer/adapter.ts';
import { repertoire } from '../suites/exploration/repertoire.ts';
import { conduct } from './conduct.ts';
import { checks } from './explore.ts';
import * as options from './options.ts';

type ReplayOptions = Omit<options.RunOptions, 'only'>;

export const replay = (ended: options.Ended) =>
  new Command('replay')
    .description('Play a saved schedule again, five times over, since a race is not lost each time.')
    .argument('<schedule>', 'a file that keydrill explore wrote')
    .addOption(options.signerOption())
    .addOption(options.envOption())
    .addOption(options.outOption())
    .addHelpText('after', `\nWithout --signer it is played to the reference signer.\n${options.exitCodes}`)
    .action(async (path, wish) => ended(await run(path, wish)));

async function run(path: string, wish: ReplayOptions): Promise<number> {
  const schedule = await readSchedule(path, {
    contracts: [signerAuthV1.id],
    faults: faults.map(({ name }) => name),
  });
  const adapter = await loadAdapter(wish.signer ?? referenceAdapter);
  const signer = wish.signer === undefined ? '' : ` --signer ${options.quoted(wish.signer)}`;
  const again = `npx keydrill replay ${options.quoted(path)}${signer}`;
  return conduct({
    ...wish,
    seed: schedule.seed,
    kind: 'explore',
    adapter,
    checks,
    cases: 1,
    play: (order) => runReplay({ ...order, repertoire, schedule, again }),
    again,
    reproduce: () => again,
  });
}
