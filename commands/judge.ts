import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from '@commander-js/extra-typings';
import { contractCalled } from '../harness/contract/list.ts';
import { explain, UsageError } from '../harness/errors.ts';
import type { FindingsFile } from '../harness/judge/findings.ts';
import { readHistory } from '../harness/judge/history.ts';
import { judge as judgeView } from '../harness/judge/judge.ts';
import { View } from '../harness/judge/view.ts';
import { closing, progressLine, say } from '../reports/console.ts';
import { exitCodes, type Ended } from './options.ts';
import { onTerminal } from './terminal.ts';

export const judge = (ended: Ended) =>
  new Command('judge')
    .description('Judge a saved run again from its history alone.')
    .argument('<run-dir>', 'a directory that a run wrote')
    .option('--json', 'print findings.json instead of lines')
    .addHelpText('after', exitCodes)
    .action(async (directory, { json }) => ended(await run(directory, json === true)));

async function run(directory: string, json: boolean): Promise<number> {
  const path = join(directory, 'history.jsonl');
  const findings = judged(path, await viewOf(directory, path));
  if (json) say(JSON.stringify(findings, undefined, 2));
  else {
    for (const finding of findings.findings) say(progressLine(finding, onTerminal.colour));
    say(closing(findings, directory, onTerminal));
  }
  return findings.totals.exitCode;
}

/** What is wrong with facts or states, which only the contract can read, comes out as late as here. */
function judged(path: string, view: View): FindingsFile {
  try {
    return judgeView(view);
  } catch (error) {
    throw new UsageError(`${path} cannot be judged: ${explain(error)}; judge a history as its run wrote it`);
  }
}

async function viewOf(directory: string, path: string): Promise<View> {
  if (!existsSync(path)) {
    throw new UsageError(
      `No history.jsonl in ${directory}; name the directory that a run wrote, such as one under reports/runs`,
    );
  }
  let view: View | undefined;
  let line = 0;
  try {
    for await (const event of readHistory(path)) {
      line += 1;
      if (event.type === 'run') {
        if (view) throw new Error('A second run begins here');
        view = new View(contractCalled(event.contract));
      }
      if (!view) throw new Error('A history begins with its run event');
      view.add(event);
    }
  } catch (error) {
    // A line that is no event has said so itself, with its place.
    if (error instanceof UsageError && error.message.startsWith(`${path}:`)) throw error;
    const place = line === 0 ? path : `${path}:${line}`;
    throw new UsageError(`${place}: ${explain(error)}; judge a history as its run wrote it`);
  }
  if (!view) throw new UsageError(`${path} is empty; there is nothing to judge`);
  return view;
}
