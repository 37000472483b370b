import { UsageError } from '../harness/errors.ts';
import type { Environment } from '../harness/run/environment.ts';
import type { Journal } from './parts/journal.ts';
import { processEnvironment } from './process.ts';

const environments: Readonly<Record<string, (journal: Journal) => Environment>> = {
  process: processEnvironment,
};

export const environmentNames: readonly string[] = Object.keys(environments);

export function environmentCalled(name: string, journal: Journal): Environment {
  const make = environments[name];
  if (!make) throw new UsageError(`No environment "${name}"; there is ${environmentNames.join(', ')}`);
  return make(journal);
}
