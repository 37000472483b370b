/** What went wrong before anything could be judged, in the words a user needs to put it right. */

/** The caller asked for something that cannot be: exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** The topology could not be brought up: exit code 3. */
export class EnvironmentError extends Error {
  override name = 'EnvironmentError';
}

/** One line for people: the message without a stack, with its cause where that adds something. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : ` (${explain(error.cause)})`;
  return `${error.message}${cause}`;
}
