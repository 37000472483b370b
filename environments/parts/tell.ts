import { EnvironmentError } from '../../harness/errors.ts';
import { type ChildPlan, ending, startChild } from './child.ts';
import { lastWords } from './last-words.ts';
import type { OutputLog } from './output-log.ts';
import { settles } from './settles.ts';

/** A command that tells a signer of a change, how long it may take, and how it is called where it fails. */
export interface Telling extends ChildPlan {
  readonly shown: string;
  readonly deadlineMs: number;
  readonly redact: (text: string) => string;
  /** Its output, which may say too much, is given away before it is known how it ends. */
  readonly prints: (output: OutputLog) => void;
}

/** Runs the command to its end; anything but exit code 0 in time is a failure. */
export async function tell(telling: Telling): Promise<void> {
  const { shown, deadlineMs, redact, prints, signal } = telling;
  await using command = await startChild(telling);
  prints(command.output);
  const inTime = await settles(command.exited, deadlineMs, signal);
  const exit = await command.stop();
  if (inTime && exit.code === 0) return;
  const what = inTime ? ending(exit) : `did not end within ${deadlineMs} ms`;
  throw new EnvironmentError(`Command "${shown}" ${what}; ${lastWords(command.output, redact)}`);
}
