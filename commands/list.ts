import { Argument, Command } from '@commander-js/extra-typings';
import type { Ended } from './options.ts';

const subjects = ['scenarios', 'courses', 'clauses', 'faults'] as const;
export type Subject = (typeof subjects)[number];

export const list = (ended: Ended) =>
  new Command('list')
    .description('What there is to run and to judge.')
    .addArgument(new Argument('[what]', 'what to list').choices(subjects))
    .option('--json', 'print JSON instead of lines')
    .action(async (what, { json }) => ended(await (await import('./run/list.ts')).list(what, json === true)));
