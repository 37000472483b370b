import { referenceAdapter } from '../../environments/signers/list.ts';
import { signerAuthV1 } from '../../harness/contract/signer-auth-v1/signer-auth-v1.ts';
import { faults } from '../../harness/faults/list.ts';
import { runReplay } from '../../harness/run/explore/explore.ts';
import { readSchedule } from '../../harness/run/explore/schedule.ts';
import { loadAdapter } from '../../harness/signer/adapter.ts';
import { repertoire } from '../../suites/exploration/repertoire.ts';
import { conduct } from '../conduct.ts';
import type { ReplayOptions } from '../replay.ts';
import * as options from '../options.ts';
import { checks } from './explore.ts';

export async function replay(path: string, wish: ReplayOptions): Promise<number> {
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
