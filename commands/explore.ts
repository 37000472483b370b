import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { referenceAdapter } from '../environments/signers/list.ts';
import { runExplore } from '../harness/run/explore/explore.ts';
import { writeSchedule } from '../harness/run/explore/schedule.ts';
import { freshSeed } from '../harness/seed.ts';
import { loadAdapter } from '../harness/signer/adapter.ts';
import { repertoire } from '../suites/exploration/repertoire.ts';
import { conduct } from './conduct.ts';
import * as options from './options.ts';
import { version } from './version.ts';

/** What an exploration can break, it breaks by its schedules; of the record as a whole this is left to be judged. */
export const checks = ['nothing-disclosed'];

interface ExploreOptions extends Omit<options.RunOptions, 'only'> {
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
    .action(async (wish) => ended(await run(wish)));

async function run({ runs, seed = freshSeed(), ...wish }: ExploreOptions): Promise<number> {
  const adapter = await loadAdapter(wish.signer ?? referenceAdapter);
  const signer = wish.signer === undefined ? '' : ` --signer ${options.quoted(wish.signer)}`;
  const keydrill = await version();
  const again = `npx keydrill explore --runs ${runs}${signer}`;
  return conduct({
    ...wish,
    seed,
    kind: 'explore',
    adapter,
    checks,
    cases: runs,
    play: (order, out) =>
      runExplore({
        ...order,
        repertoire,
        runs,
        again: `${again} --seed ${seed}`,
        async save({ id, ...schedule }) {
          const text = writeSchedule({
            schema: 1,
            keydrill,
            contract: order.contract.id,
            signer: adapter.name,
            id,
            ...schedule,
            actions: [...schedule.actions],
          });
          await writeFile(join(out, `${id}.json`), text, { mode: 0o600 });
        },
      }),
    again,
    reproduce: (out) => `npx keydrill replay ${options.quoted(`${out}/`)}{id}.json${signer}`,
  });
}
