import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Command } from '@commander-js/extra-typings';
import { contractCalled } from '../harness/contract/list.ts';
import { explain, UsageError } from '../harness/errors.ts';
import type { FindingsFile } from '../harness/judge/findings.ts';
import { readHistory } from '../harness/judge/history.ts';
import { judge as judgeView } from '../harness/judge/judge.ts';
import { View } from '../harness/judge/view.ts';
import { closing, courseLines, progressLine, say } from '../reports/console.ts';
import { storyLines } from '../reports/exploration-lines.ts';
import { explorationOf } from '../reports/exploration.ts';
import { toldBy } from '../reports/results.ts';
import { exitCodes, type Ended } from './options.ts';
import { onTerminal } from './terminal.ts';

export const judge = (ended: Ended) =>
  new Command('judge')
    .description('Judge a saved run again from its history alone.')
    .argument('<run-dir>', 'a directory that a run wrote')
    .option('--json', 'print findings.json instead of lines')
    .addHelpText('after', exitCodes)
    .action((directory, { json }) => ended(run(directory, json === true)));

function run(directory: string, json: boolean): number {
  // Nearly all of a long history is soon forgotten; left alone, the engine lets four times of what is needed pile up.
  setFlagsFromString('--heap-growing-percent=50');
  const path = join(directory, 'history.jsonl');
  const view = viewOf(directory, path);
  const findings = judged(path, view);
  if (json) say(JSON.stringify(findings, undefined, 2));
  else tell(findings, view, directory);
  return findings.totals.exitCode;
}

/** As the run itself told it: a drill course by course. */
function tell(file: FindingsFile, view: View, directory: string): void {
  const { drill, suffered } = toldBy(view);
  const exploration = explorationOf(view);
  const courses = drill?.procedures.flatMap((procedure) => procedure.courses) ?? [];
  const ids = new Set(courses.map(({ id }) => id));
  for (const finding of file.findings)
    if (!ids.has(finding.id)) say(progressLine(finding, onTerminal.colour));
  for (const course of courses) {
    const its = file.findings.filter(({ id }) => id === course.id);
    say(courseLines(course, its, onTerminal.colour));
  }
  for (const shrunk of exploration?.shrunk ?? []) say(storyLines(shrunk, onTerminal.colour));
  const kind = exploration ? 'explore' : courses.length > 0 ? 'drill' : 'gate';
  say(closing(file, directory, { ...onTerminal, kind, suffered: exploration ? [] : suffered }));
}

/** What is wrong with facts or states, which only the contract can read, comes out as late as here. */
function judged(path: string, view: View): FindingsFile {
  try {
    return judgeView(view);
  } catch (error) {
    throw new UsageError(`${path} cannot be judged: ${explain(error)}; judge a history as its run wrote it`);
  }
}

function viewOf(directory: string, path: string): View {
  if (!existsSync(path)) {
    throw new UsageError(
      `No history.jsonl in ${directory}; name the directory that a run wrote, such as one under reports/runs`,
    );
  }
  let view: View | undefined;
  let line = 0;
  try {
    for (const event of readHistory(path)) {
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
