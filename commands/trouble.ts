import { Interrupted } from '../environments/parts/interruption.ts';
import { EnvironmentError, explain, UsageError } from '../harness/errors.ts';

/** The exit code for a run that came to no findings. */
export function exitCodeFor(error: unknown): number {
  if (error instanceof Interrupted) return 130;
  if (error instanceof UsageError) return 2;
  return error instanceof EnvironmentError ? 3 : 4;
}

/** Says what went wrong, once and in a user's words. */
export function complain(error: unknown): void {
  const expected = exitCodeFor(error) !== 4;
  // What is nobody's mistake but ours is worth its stack where somebody asks for it.
  const stack =
    !expected && process.env['KEYDRILL_DEBUG'] && error instanceof Error ? error.stack : undefined;
  process.stderr.write(`keydrill: ${stack ?? explain(error)}\n`);
}
