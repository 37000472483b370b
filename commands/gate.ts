import { Command } from '@commander-js/extra-typings';
import { referenceAdapter } from '../environments/signers/list.ts';
import { runGate } from '../harness/run/gate.ts';
import { loadAdapter } from '../harness/signer/adapter.ts';
import { suites } from '../suites/list.ts';
import { chosen } from './chosen.ts';
import { conduct } from './conduct.ts';
import * as options from './options.ts';

export const gate = (ended: options.Ended) =>
  new Command('gate')
    .description(
      'Bring up two replicas, a balancer and a replay store, run every case, and give one verdict.',
    )
    .addOption(options.signerOption())
    .addOption(options.envOption())
    .addOption(options.onlyOption())
    .addOption(options.seedOption())
    .addOption(options.outOption())
    .addHelpText(
      'after',
      `\nWithout --signer the reference signer is judged. What is broken on purpose takes longer, and runs by --only chaos.\n${options.exitCodes}`,
    )
    .action(async (chosenOptions) => ended(await run(chosenOptions)));

async function run(wish: options.RunOptions): Promise<number> {
  const adapter = await loadAdapter(wish.signer ?? referenceAdapter);
  const signer = wish.signer === undefined ? '' : ` --signer ${options.quoted(wish.signer)}`;
  // Named, it may be one of those; else nobody waits for them.
  const whenNamed = wish.only ? (await import('../suites/chaos/list.ts')).chaos : [];
  const { scenarios, checks } = chosen(await suites(), wish.only, { whenNamed });
  return conduct({
    ...wish,
    kind: 'gate',
    adapter,
    checks,
    cases: scenarios.length,
    play: (order) => runGate({ ...order, scenarios }),
    again: `npx keydrill gate${signer}`,
  });
}
