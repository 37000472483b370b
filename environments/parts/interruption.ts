/** What a person or a pipeline does to end a run early. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The run was ended from outside, which is no failure of anybody's. */
export class Interrupted extends Error {
  override name = 'Interrupted';
}

/**
 * Aborts at the first signal, so that everything is taken down in order; at the second it calls for the end at once.
 */
export function interruptions(atOnce: () => void): { signal: AbortSignal } & Disposable {
  const interrupted = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (interrupted.signal.aborted) atOnce();
    else interrupted.abort(new Interrupted(`Interrupted by ${name}`));
  };
  for (const name of signals) process.on(name, onSignal);
  return {
    signal: interrupted.signal,
    [Symbol.dispose]() {
      for (const name of signals) process.off(name, onSignal);
    },
  };
}
