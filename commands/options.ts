import { InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { environmentNames } from '../environments/list.ts';

/** What every command that runs a signer understands. */
export interface RunOptions {
  readonly signer?: string | undefined;
  readonly env: string;
  readonly only?: string[] | undefined;
  readonly seed?: number | undefined;
  readonly out?: string | undefined;
}

/** Where a command leaves the exit code: commander's actions give nothing back. */
export type Ended = (exitCode: number) => void;

// A flag goes before its variable, a variable before its default.
export const signerOption = () =>
  new Option('--signer <adapter>', 'the signer to judge, by its adapter file (.yaml, .json, .ts, .js)')
    .argParser(somePath)
    .env('KEYDRILL_SIGNER');

export const envOption = () =>
  new Option('--env <name>', 'where the topology runs')
    .choices(environmentNames)
    .default('process')
    .env('KEYDRILL_ENV');

export const onlyOption = () =>
  new Option('--only <id|clause|tag>', 'run only these; may be given several times').argParser<string[]>(
    several,
  );

export const seedOption = () =>
  new Option('--seed <n>', 'decides order and variants; the same seed gives the same plan')
    .argParser(wholeNumber)
    .env('KEYDRILL_SEED');

export const runsOption = () =>
  new Option('--runs <n>', 'how many schedules to play').argParser(wholeNumber).default(50);

export const outOption = () =>
  new Option('--out <dir>', 'where the results go (default: reports/runs/<time>-<seed>)')
    .argParser(somePath)
    .env('KEYDRILL_OUT');

export const operatorOption = () =>
  new Option('--operator <name>', 'who holds the drill, for its record')
    .argParser(someWords)
    .env('KEYDRILL_OPERATOR');

export const reasonOption = () =>
  new Option('--reason <text>', 'why it is held, for its record').argParser(someWords).env('KEYDRILL_REASON');

/** A pipeline hands on an input that nobody gave as an empty variable. */
export function forgetEmptyVariables(variables: NodeJS.ProcessEnv): void {
  const all = [signerOption(), envOption(), seedOption(), outOption(), operatorOption(), reasonOption()];
  for (const { envVar } of all)
    if (envVar !== undefined && variables[envVar] === '') delete variables[envVar];
}

export const exitCodes = `
Exit codes, the first that applies:
  130  interrupted, after cleaning up
  2    a mistake in the command line, an adapter or a file
  3    the topology could not be brought up
  1    a MUST of the contract failed
  4    a MUST is in doubt, or nothing was judged
  0    every MUST that applies passed`;

/** A word as a shell reads it back. */
export const quoted = (word: string): string =>
  /^[\w./:-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^[0-9]+$/.test(text) || value < 1 || value >= 2 ** 31) {
    throw new InvalidArgumentError('It must be a whole number from 1 to 2147483647.');
  }
  return value;
}

function several(value: string, before: string[] | undefined): string[] {
  const parts = value.split(',').filter((part) => part !== '');
  // Nothing named would mean everything, which is not what anybody means who types this.
  if (parts.length === 0) throw new InvalidArgumentError('It must name a case, a clause or a tag.');
  return [...(before ?? []), ...parts];
}

function somePath(text: string): string {
  if (text === '') throw new InvalidArgumentError('It must be a path.');
  return text;
}

function someWords(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must be a few words.');
  return text;
}
