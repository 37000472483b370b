import { Command } from '@commander-js/extra-typings';
import { examine } from '../environments/doctor.ts';
import { say } from '../reports/console.ts';
import type { Ended } from './options.ts';

export const doctor = (ended: Ended) =>
  new Command('doctor')
    .description('Look at what a run needs on this machine, with a remedy for everything that is missing.')
    .addHelpText('after', '\nExit codes: 3 when something is missing that every run needs, else 0.')
    .action(async () => ended(await run()));

async function run(): Promise<number> {
  const checks = await examine();
  for (const { name, state, found, remedy } of checks) {
    say(`${words[state]}  ${name.padEnd(18)} ${found}`);
    if (state !== 'ok' && remedy !== undefined) say(`${' '.repeat(30)}→ ${remedy}`);
  }
  return checks.some(({ state }) => state === 'missing') ? 3 : 0;
}

const words = { ok: 'ok      ', missing: 'MISSING ', optional: 'optional' } as const;
