import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { referenceAdapter } from '../../environments/signers/list.ts';
import { runExplore } from '../../harness/run/explore/explore.ts';
import { writeSchedule } from '../../harness/run/explore/schedule.ts';
import { freshSeed } from '../../harness/seed.ts';
import { loadAdapter } from '../../harness/signer/adapter.ts';
import { repertoire } from '../../suites/exploration/repertoire.ts';
import { conduct } from '../conduct.ts';
import type { ExploreOptions } from '../explore.ts';
import * as options from '../options.ts';
import { version } from '../version.ts';

/** What an exploration can break, it breaks by its schedules; of the record as a whole this is left to be judged. */
export const checks = ['nothing-disclosed'];

export async function explore({ runs, seed = freshSeed(), ...wish }: ExploreOptions): Promise<number> {
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
